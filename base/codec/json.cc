#include "base/codec/json.h"

#include <algorithm>

template class nlohmann::basic_json<>;

namespace rundlet::json {

Value parse_text(std::string_view text) {
  try {
    return Value::parse(text);
  } catch (const Value::exception& e) {
    // nlohmann's text is "[json.exception.parse_error.101] parse error at line 1, column 2: …"
    std::string_view what = e.what();
    size_t start = what.find("] ");
    throw_invalid("malformed JSON: " + std::string(start == what.npos ? what : what.substr(start + 2)));
  }
}

void append_quoted(std::string& out, std::string_view text) {
  bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
  });
  if (plain) {
    out += '"';
    out += text;
    out += '"';
  } else {
    out += Value(text).dump(-1, ' ', false, Value::error_handler_t::replace);
  }
}

bool is_empty_value(const Value& value) {
  if (value.is_null()) return true;
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number()) return value == Value(0);
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  return value.empty();
}

void wrong_type(const std::string& path, std::string_view expected, const Value& found) {
  throw_invalid((path.empty() ? "the document" : path) + ": expected " + std::string(expected) + ", found " +
                found.type_name());
}

std::string Reader::child_path(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void Reader::fixed(std::string_view name, std::string_view text, std::string_view also) {
  auto found = object_.find(name);
  if (found == object_.end()) return;
  auto is = [&](std::string_view form) { return !form.empty() && *found == Value::parse(form); };
  if (found->is_null() || is(text) || is(also)) seen_.push_back(name);
}

void Reader::refuse(std::string_view name) {
  seen_.push_back(name);
  auto found = object_.find(name);
  if (found != object_.end() && !is_empty_value(*found)) throw_invalid("unsupported field " + child_path(name));
}

void Reader::finish() const {
  if (unknown_ == Unknown::ignore) return;
  for (const auto& [name, value] : object_.items()) {
    if (std::find(seen_.begin(), seen_.end(), name) != seen_.end()) continue;
    if (unknown_ == Unknown::refuse_non_empty && is_empty_value(value)) continue;
    throw_invalid("unsupported field " + child_path(name));
  }
}

}  // namespace rundlet::json
