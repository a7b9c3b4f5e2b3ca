#include <fmt/format.h>

#include "cli/format/go_template_functions.h"
#include "cli/format/table.h"

namespace rundlet::cli::go_template {
namespace {

struct Verb {
  bool left = false, plus = false, zero = false, sharp = false;
  int width = 0;
  int precision = -1;
  char letter = 0;
};

// Reads what stands behind '%'; returns the index behind the verb's letter.
size_t read_verb(std::string_view format, size_t at, Verb& verb) {
  for (; at < format.size(); ++at) {
    char c = format[at];
    if (c == '-') {
      verb.left = true;
    } else if (c == '+') {
      verb.plus = true;
    } else if (c == '0') {
      verb.zero = true;
    } else if (c == '#') {
      verb.sharp = true;
    } else if (c != ' ') {
      break;
    }
  }
  auto number = [&](int& into) {
    for (into = 0; at < format.size() && format[at] >= '0' && format[at] <= '9' && into < 10000; ++at)
      into = into * 10 + (format[at] - '0');
  };
  number(verb.width);
  if (at < format.size() && format[at] == '.') {
    ++at;
    number(verb.precision);
  }
  if (at < format.size()) verb.letter = format[at++];
  return at;
}

std::string pad(std::string text, const Verb& verb) {
  size_t width = static_cast<size_t>(verb.width);
  size_t have = text_width(text);
  if (have >= width) return text;
  if (verb.left) return text + std::string(width - have, ' ');
  bool negative = !text.empty() && (text[0] == '-' || text[0] == '+');
  if (!verb.zero) return std::string(width - have, ' ') + text;
  return text.substr(0, negative) + std::string(width - have, '0') + text.substr(negative);
}

std::string type_name(const Json& value) {
  if (value.is_string()) return "string";
  if (value.is_boolean()) return "bool";
  if (value.is_number_float()) return "float64";
  if (value.is_number()) return "int";
  if (value.is_array()) return "[]interface {}";
  if (value.is_object()) return "map[string]interface {}";
  return "<nil>";
}

std::string hex_bytes(std::string_view text, bool upper) {
  std::string out;
  for (unsigned char c : text) out += upper ? fmt::format("{:02X}", c) : fmt::format("{:02x}", c);
  return out;
}

std::string format_integer(int64_t value, const Verb& verb) {
  std::string sign = value < 0 ? "-" : verb.plus ? "+" : "";
  uint64_t size = value < 0 ? ~static_cast<uint64_t>(value) + 1 : static_cast<uint64_t>(value);
  switch (verb.letter) {
    case 'x':
      return sign + fmt::format("{:x}", size);
    case 'X':
      return sign + fmt::format("{:X}", size);
    case 'o':
      return sign + fmt::format("{:o}", size);
    case 'b':
      return sign + fmt::format("{:b}", size);
    default:
      return sign + fmt::format("{}", size);
  }
}

std::string format_real(double value, const Verb& verb) {
  int precision = verb.precision < 0 ? 6 : verb.precision;
  std::string sign = verb.plus && value >= 0 ? "+" : "";
  if (verb.letter == 'f' || verb.letter == 'F') return sign + fmt::format("{:.{}f}", value, precision);
  if (verb.letter == 'e') return sign + fmt::format("{:.{}e}", value, precision);
  if (verb.precision >= 0) return sign + fmt::format("{:.{}g}", value, verb.precision);
  return sign + print_value(Json(value));
}

std::string format_text(std::string text, const Verb& verb) {
  if (verb.letter == 'x' || verb.letter == 'X') return hex_bytes(text, verb.letter == 'X');
  if (verb.precision >= 0 && text_width(text) > static_cast<size_t>(verb.precision)) {
    size_t end = 0;
    for (int kept = 0; kept <= verb.precision && end < text.size(); ++end)
      if ((static_cast<unsigned char>(text[end]) & 0xC0) != 0x80 && kept++ == verb.precision) break;
    text.resize(end);
  }
  return verb.letter == 'q' ? Json(text).dump() : text;
}

std::string format_one(const Json& value, const Verb& verb) {
  constexpr std::string_view kInteger = "dvxXobc";
  constexpr std::string_view kReal = "feFgGv";
  bool fits = verb.letter == 'v';
  std::string text;
  if (value.is_string() && std::string_view("svqxX").find(verb.letter) != std::string_view::npos) {
    return pad(format_text(value.get<std::string>(), verb), verb);
  } else if (value.is_boolean() && (verb.letter == 't' || fits)) {
    text = value.get<bool>() ? "true" : "false";
  } else if (value.is_number_integer() && kInteger.find(verb.letter) != kInteger.npos) {
    text = verb.letter == 'c' ? std::string(1, static_cast<char>(value.get<int64_t>()))
                              : format_integer(value.get<int64_t>(), verb);
  } else if (value.is_number_float() && kReal.find(verb.letter) != kReal.npos) {
    text = format_real(value.get<double>(), verb);
  } else if (value.is_structured() && std::string_view("svdq").find(verb.letter) != std::string_view::npos) {
    text = print_value(value);
  } else if (value.is_null() && fits) {
    text = "<nil>";
  } else {
    return value.is_null() ? fmt::format("%!{}(<nil>)", verb.letter)
                           : fmt::format("%!{}({}={})", verb.letter, type_name(value), print_value(value));
  }
  return pad(text, verb);
}

}  // namespace

std::string format_go(std::string_view format, const std::vector<Json>& args) {
  std::string out;
  size_t next = 0;
  for (size_t at = 0; at < format.size();) {
    if (format[at] != '%') {
      out += format[at++];
      continue;
    }
    Verb verb;
    at = read_verb(format, at + 1, verb);
    if (verb.letter == '%') {
      out += '%';
    } else if (verb.letter == 0) {
      out += "%!(NOVERB)";
    } else if (next >= args.size()) {
      out += fmt::format("%!{}(MISSING)", verb.letter);
    } else {
      out += format_one(args[next++], verb);
    }
  }
  for (size_t i = next; i < args.size(); ++i) {
    out += i == next ? "%!(EXTRA " : ", ";
    out += type_name(args[i]) + "=" + print_value(args[i]);
    if (i + 1 == args.size()) out += ")";
  }
  return out;
}

}  // namespace rundlet::cli::go_template
