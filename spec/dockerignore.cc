// The semantics are those of moby/patternmatcher and its ignorefile reader.
#include "spec/dockerignore.h"

#include <algorithm>

#include "base/error.h"

namespace rundlet::spec {
namespace {

[[noreturn]] void throw_syntax(std::string_view pattern) {
  throw_invalid("syntax error in pattern: \"" + std::string(pattern) + "\"");
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// Go's path.Clean, lexical.
std::string clean(std::string_view path) {
  bool rooted = path.starts_with('/');
  std::vector<std::string_view> parts;
  for (size_t start = 0; start < path.size();) {
    size_t end = std::min(path.find('/', start), path.size());
    std::string_view part = path.substr(start, end - start);
    start = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (!rooted) {
      parts.push_back(part);
    }
  }
  std::string out = rooted ? "/" : "";
  for (size_t i = 0; i < parts.size(); ++i) out.append(i > 0 ? "/" : "").append(parts[i]);
  return out.empty() ? "." : out;
}

}  // namespace

PathPattern::PathPattern(std::string_view text, bool double_star) {
  for (size_t at = 0; at < text.size();) {
    char c = text[at];
    if (c == '*') {
      at = add_star(text, at, double_star);
    } else if (c == '[') {
      at = add_class(text, at);
    } else if (c == '?') {
      tokens_.push_back({Kind::any_char});
      ++at;
    } else {
      if (c == '\\' && ++at == text.size()) throw_syntax(text);
      tokens_.push_back({Kind::literal, text[at++]});
    }
  }
}

size_t PathPattern::add_star(std::string_view text, size_t at, bool double_star) {
  if (!double_star || !text.substr(at).starts_with("**")) {
    tokens_.push_back({Kind::any_name});
    return at + 1;
  }
  at += 2;
  if (at < text.size() && text[at] == '/') ++at;
  tokens_.push_back({at == text.size() ? Kind::anything : Kind::directories});
  return at;
}

size_t PathPattern::add_class(std::string_view text, size_t at) {
  auto next_char = [&] {
    if (at < text.size() && text[at] == '\\') ++at;
    if (at >= text.size()) throw_syntax(text);
    return text[at++];
  };
  Token token{Kind::char_class};
  ++at;
  if (at < text.size() && text[at] == '^') {
    token.negated = true;
    ++at;
  }
  while (at >= text.size() || text[at] != ']' || token.ranges.empty()) {
    if (at < text.size() && (text[at] == '-' || text[at] == ']')) throw_syntax(text);
    char low = next_char();
    char high = low;
    if (at < text.size() && text[at] == '-') {
      ++at;
      high = next_char();
    }
    token.ranges.emplace_back(low, high);
  }
  tokens_.push_back(std::move(token));
  return at + 1;
}

bool PathPattern::accepts(const Token& token, char c) {
  if (token.kind == Kind::literal) return c == token.literal;
  if (c == '/') return false;
  if (token.kind == Kind::any_char) return true;
  bool inside = std::any_of(token.ranges.begin(), token.ranges.end(),
                            [c](const auto& range) { return range.first <= c && c <= range.second; });
  return inside != token.negated;
}

// Which positions in the path can be reached after this token, from those reachable before it.
PathPattern::Positions PathPattern::step(const Token& token, const Positions& from, std::string_view path) {
  bool stays =
      token.kind == Kind::any_name || token.kind == Kind::anything || token.kind == Kind::directories;
  Positions to = stays ? from : Positions(from.size(), false);
  bool seen_start = false;
  for (size_t i = 0; i < path.size(); ++i) {
    seen_start = seen_start || from[i];
    switch (token.kind) {
      case Kind::any_name:
        if (to[i] && path[i] != '/') to[i + 1] = true;
        break;
      case Kind::anything:
        if (to[i]) to[i + 1] = true;
        break;
      case Kind::directories:
        if (seen_start && path[i] == '/') to[i + 1] = true;
        break;
      default:
        if (from[i] && accepts(token, path[i])) to[i + 1] = true;
    }
  }
  return to;
}

bool PathPattern::matches(std::string_view path) const {
  Positions positions(path.size() + 1, false);
  positions[0] = true;
  for (const Token& token : tokens_) positions = step(token, positions, path);
  return positions[path.size()];
}

bool PathPattern::may_match_below(std::string_view path) const {
  std::string directory = std::string(path) + "/";
  Positions positions(directory.size() + 1, false);
  positions[0] = true;
  for (const Token& token : tokens_) {
    // "**" may swallow the rest of the directory's name and go on below.
    bool open = token.kind == Kind::directories || token.kind == Kind::anything;
    if (open && std::find(positions.begin(), positions.end(), true) != positions.end()) return true;
    positions = step(token, positions, directory);
    if (positions[directory.size()]) return true;
  }
  return false;
}

Dockerignore::Dockerignore(const std::vector<std::string>& lines) {
  for (const std::string& line : lines) add(line);
}

Dockerignore Dockerignore::parse(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Dockerignore rules;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (!line.starts_with('#')) rules.add(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return rules;
}

void Dockerignore::add(std::string_view line) {
  line = trim(line);
  if (line.empty()) return;
  bool exception = line.starts_with('!');
  std::string_view text = exception ? trim(line.substr(1)) : line;
  if (text.empty()) throw_invalid("illegal exclusion pattern: \"!\"");
  std::string pattern = clean(text);
  if (pattern.size() > 1 && pattern.front() == '/') pattern.erase(0, 1);
  rules_.push_back({PathPattern(pattern, true), exception});
}

bool Dockerignore::excludes(std::string_view path) const {
  bool excluded = false;
  for (const Rule& rule : rules_) {
    if (rule.exception != excluded) continue;
    bool matched = rule.pattern.matches(path);
    for (size_t slash = path.find('/'); !matched && slash != path.npos; slash = path.find('/', slash + 1))
      matched = rule.pattern.matches(path.substr(0, slash));
    if (matched) excluded = !rule.exception;
  }
  return excluded;
}

bool Dockerignore::may_include_below(std::string_view path) const {
  return std::any_of(rules_.begin(), rules_.end(),
                     [&](const Rule& rule) { return rule.exception && rule.pattern.may_match_below(path); });
}

bool match_path_pattern(std::string_view pattern, std::string_view path) {
  return PathPattern(pattern, false).matches(path);
}

}  // namespace rundlet::spec
