#include "base/codec/json.h"
#include "builder/dockerfile/arguments.h"
#include "builder/dockerfile/text.h"

namespace rundlet::builder::dockerfile {

std::optional<std::vector<std::string>> parse_string_list(std::string_view text) {
  text = trim(text);
  if (!text.starts_with('[')) return {};
  json::Value value = json::Value::parse(text, nullptr, false);
  if (!value.is_array()) return {};
  std::vector<std::string> words;
  for (const json::Value& item : value) {
    if (!item.is_string()) throw_invalid("only string type is allowed in JSON style arrays");
    words.push_back(item.get<std::string>());
  }
  return words;
}

}  // namespace rundlet::builder::dockerfile
