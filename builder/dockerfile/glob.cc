#include "builder/dockerfile/glob.h"

namespace rundlet::builder::dockerfile {

// Linear in text for each '*': on a mismatch only the last star gives way.
bool glob_match(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = pattern.npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_text = t;
      continue;
    }
    bool escaped = p + 1 < pattern.size() && pattern[p] == '\\';
    size_t at = escaped ? p + 1 : p;
    if (at < pattern.size() && ((pattern[at] == '?' && !escaped) || pattern[at] == text[t])) {
      p = at + 1;
      ++t;
    } else if (star != pattern.npos) {
      p = star + 1;
      t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string trim_prefix(std::string_view value, std::string_view pattern, bool greedy) {
  for (size_t i = 0; i <= value.size(); ++i) {
    size_t length = greedy ? value.size() - i : i;
    if (glob_match(pattern, value.substr(0, length))) return std::string(value.substr(length));
  }
  return std::string(value);
}

std::string trim_suffix(std::string_view value, std::string_view pattern, bool greedy) {
  for (size_t i = 0; i <= value.size(); ++i) {
    size_t length = greedy ? value.size() - i : i;
    if (glob_match(pattern, value.substr(value.size() - length))) {
      return std::string(value.substr(0, value.size() - length));
    }
  }
  return std::string(value);
}

// The length of the longest match that begins at `start`; 0 when there is none (an empty match replaces
// nothing).
static size_t longest_match(std::string_view value, size_t start, std::string_view pattern) {
  for (size_t length = value.size() - start; length > 0; --length) {
    if (glob_match(pattern, value.substr(start, length))) return length;
  }
  return 0;
}

std::string replace_pattern(std::string_view value, std::string_view pattern, std::string_view replacement,
                            bool all) {
  std::string result;
  size_t at = 0;
  while (at < value.size()) {
    size_t length = longest_match(value, at, pattern);
    if (length == 0) {
      result += value[at++];
      continue;
    }
    result += replacement;
    at += length;
    if (!all) break;
  }
  return result.append(value.substr(at));
}

}  // namespace rundlet::builder::dockerfile
