// Characters and words, in the C locale.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rundlet::builder::dockerfile {

inline bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
inline bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
inline bool is_name_char(char c) {
  return is_letter(c) || is_digit(c) || c == '_';
}

std::string_view trim_left(std::string_view text);
std::string_view trim_right(std::string_view text);
inline std::string_view trim(std::string_view text) {
  return trim_left(trim_right(text));
}
std::string to_lower(std::string_view text);
std::string to_upper(std::string_view text);

// Words between white space; quotes mean nothing.
std::vector<std::string> split_fields(std::string_view text);
// Words between white space that is neither quoted nor escaped; quotes and escapes stay in the words.
std::vector<std::string> split_quoted(std::string_view text, char escape);

}  // namespace rundlet::builder::dockerfile
