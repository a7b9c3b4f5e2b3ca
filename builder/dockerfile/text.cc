#include "builder/dockerfile/text.h"

namespace rundlet::builder::dockerfile {

std::string_view trim_left(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view trim_right(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string to_lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string to_upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

std::vector<std::string> split_fields(std::string_view text) {
  std::vector<std::string> words;
  for (text = trim_left(text); !text.empty(); text = trim_left(text)) {
    size_t end = 0;
    while (end < text.size() && !is_space(text[end])) ++end;
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

// Where the word that begins at `start` ends. Inside single quotes the escape character means nothing.
static size_t end_of_word(std::string_view text, size_t start, char escape) {
  char quote = 0;
  size_t at = start;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (c == escape && quote != '\'') {
      ++at;
    } else if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (is_space(c)) {
      break;
    }
  }
  return at < text.size() ? at : text.size();
}

std::vector<std::string> split_quoted(std::string_view text, char escape) {
  std::vector<std::string> words;
  for (text = trim_left(text); !text.empty(); text = trim_left(text)) {
    size_t end = end_of_word(text, 0, escape);
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

}  // namespace rundlet::builder::dockerfile
