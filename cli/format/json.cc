#include "cli/format/json.h"

#include "base/codec/json.h"

namespace rundlet::cli {
namespace {

// Copies a quoted string from text[at]; returns the index behind it.
size_t copy_string(std::string_view text, size_t at, std::string& out) {
  out += text[at++];
  while (at < text.size() && text[at] != '"') {
    if (text[at] == '\\' && at + 1 < text.size()) out += text[at++];
    out += text[at++];
  }
  if (at < text.size()) out += text[at++];
  return at;
}

}  // namespace

std::string indent_json(std::string_view text, std::string_view prefix) {
  std::string out;
  int depth = 0;
  bool just_opened = false;
  auto line = [&] {
    out += '\n';
    out += prefix;
    out.append(static_cast<size_t>(depth) * 4, ' ');
  };
  for (size_t at = 0; at < text.size();) {
    char c = text[at];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at;
      continue;
    }
    bool closes = c == '}' || c == ']';
    if (closes) --depth;
    if (just_opened != closes) line();
    just_opened = false;
    if (c == '"') {
      at = copy_string(text, at, out);
      continue;
    }
    out += c;
    ++at;
    if (c == '{' || c == '[') {
      ++depth;
      just_opened = true;
    } else if (c == ',') {
      line();
    } else if (c == ':') {
      out += ' ';
    }
  }
  return out;
}

std::string compact_json(std::string_view text) {
  return json::parse_text(text).dump();
}

std::string json_object(const std::map<std::string, std::string>& fields) {
  return json::encode(fields);
}

std::string json_string(std::string_view text) {
  std::string out;
  json::append_quoted(out, text);
  return out;
}

std::string json_string_list(const std::vector<std::string>& items) {
  return json::encode(items);
}

}  // namespace rundlet::cli
