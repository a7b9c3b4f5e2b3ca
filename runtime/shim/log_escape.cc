#include "runtime/shim/log_writer.h"

namespace rundlet::runtime {
namespace {

constexpr char kHex[] = "0123456789abcdef";

// Go's encoder also escapes what would be special in HTML.
bool plain(unsigned char c) {
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

void append_special(std::string& out, unsigned char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
  }
}

// Length of the UTF-8 sequence at the start of the text, 0 when it is none (RFC 3629: no overlong forms, no
// surrogates).
size_t sequence_length(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  unsigned first = byte(0);
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    bool allowed = first == 0xE0 ? byte(1) >= 0xA0 : first == 0xED ? byte(1) <= 0x9F : true;
    return allowed && continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    bool allowed = first == 0xF0 ? byte(1) >= 0x90 : first == 0xF4 ? byte(1) <= 0x8F : true;
    return allowed && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

// Returns how many bytes it took.
size_t append_wide(std::string& out, std::string_view text) {
  size_t length = sequence_length(text);
  if (length == 0) {
    out += "\\ufffd";
    return 1;
  }
  std::string_view sequence = text.substr(0, length);
  if (sequence == "\xE2\x80\xA8") {
    out += "\\u2028";  // line separators end a line in JavaScript
  } else if (sequence == "\xE2\x80\xA9") {
    out += "\\u2029";
  } else {
    out += sequence;
  }
  return length;
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  for (size_t i = 0; i < text.size();) {
    size_t run = i;
    while (run < text.size() && plain(static_cast<unsigned char>(text[run]))) ++run;
    out.append(text, i, run - i);
    i = run;
    if (i == text.size()) break;
    unsigned char c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) {
      append_special(out, c);
      ++i;
    } else {
      i += append_wide(out, text.substr(i));
    }
  }
  out += '"';
}

void append_log_entry(std::string& out, std::string_view line, Stream stream, std::string_view time) {
  out += "{\"log\":";
  append_json_text(out, line);
  out += stream == Stream::out ? ",\"stream\":\"stdout\",\"time\":\"" : ",\"stream\":\"stderr\",\"time\":\"";
  out += time;
  out += "\"}\n";
}

}  // namespace rundlet::runtime
