#include "cli/text.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/error.h"

namespace rundlet::cli {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (size_t start = 0;;) {
    size_t end = text.find(separator, start);
    parts.emplace_back(text.substr(start, end == text.npos ? end : end - start));
    if (end == text.npos) return parts;
    start = end + 1;
  }
}

std::optional<std::pair<std::string, std::string>> cut(std::string_view text, char separator) {
  size_t at = text.find(separator);
  if (at == text.npos) return std::nullopt;
  return std::pair{std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(kSpace) - first + 1));
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::vector<std::string> parse_csv(std::string_view text) {
  std::vector<std::string> fields;
  for (size_t at = 0;; ++at) {
    std::string field;
    if (at < text.size() && text[at] == '"') {
      for (++at;; ++at) {
        if (at >= text.size())
          throw_invalid("parse error on line 1, column " + std::to_string(at) +
                        ": extraneous or missing \" in quoted-field");
        if (text[at] == '"' && (at + 1 >= text.size() || text[at + 1] != '"')) break;
        if (text[at] == '"') ++at;
        field += text[at];
      }
      ++at;
      if (at < text.size() && text[at] != ',')
        throw_invalid("parse error on line 1: bare \" in quoted field");
    } else {
      size_t end = std::min(text.find(',', at), text.size());
      field = text.substr(at, end - at);
      if (field.find('"') != field.npos) throw_invalid("parse error on line 1: bare \" in non-quoted-field");
      at = end;
    }
    fields.push_back(std::move(field));
    if (at >= text.size()) return fields;
  }
}

bool is_ip_address(const std::string& text) {
  unsigned char buffer[16];
  return ::inet_pton(AF_INET, text.c_str(), buffer) == 1 || ::inet_pton(AF_INET6, text.c_str(), buffer) == 1;
}

}  // namespace rundlet::cli
