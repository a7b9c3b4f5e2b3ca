#include "builder/dockerfile/arguments.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "builder/dockerfile/text.h"

namespace rundlet::builder::dockerfile {
namespace {

template <class T>
bool contains(const std::vector<T>& values, std::string_view wanted) {
  return std::find(values.begin(), values.end(), wanted) != values.end();
}

// The word at the start of `rest`, without its quotes and escapes; `rest` goes on behind it.
std::string take_word(std::string_view& rest, char escape) {
  std::string word;
  char quote = 0;
  while (!rest.empty() && (quote != 0 || !is_space(rest.front()))) {
    char c = rest.front();
    rest.remove_prefix(1);
    if (c == escape && !rest.empty() && quote != '\'') {
      word += rest.front();
      rest.remove_prefix(1);
    } else if (quote != 0 ? c == quote : (c == '\'' || c == '"')) {
      quote = quote != 0 ? 0 : c;
    } else {
      word += c;
    }
  }
  return word;
}

}  // namespace

Flags::Flags(std::string_view& rest, char escape, const std::vector<std::string_view>& known,
             const std::vector<std::string_view>& repeatable) {
  for (rest = trim_left(rest); rest.starts_with("--"); rest = trim_left(rest)) {
    std::string word = take_word(rest, escape);
    if (word == "--") return;
    add(word, known, repeatable);
  }
}

void Flags::add(std::string_view word, const std::vector<std::string_view>& known,
                const std::vector<std::string_view>& repeatable) {
  word.remove_prefix(2);
  size_t equals = word.find('=');
  Flag flag{std::string(word.substr(0, equals)), {}};
  if (equals != word.npos) flag.value = word.substr(equals + 1);
  bool may_repeat = contains(repeatable, flag.name);
  if (!may_repeat && !contains(known, flag.name)) throw_invalid("unknown flag: --" + flag.name);
  if (!may_repeat && has(flag.name)) throw_invalid("duplicate flag specified: " + flag.name);
  flags_.push_back(std::move(flag));
}

bool Flags::has(std::string_view name) const {
  return std::any_of(flags_.begin(), flags_.end(), [&](const Flag& flag) { return flag.name == name; });
}

std::string Flags::value(std::string_view name) const {
  auto all = values(name);
  return all.empty() ? "" : all.back();
}

std::vector<std::string> Flags::values(std::string_view name) const {
  std::vector<std::string> result;
  for (const Flag& flag : flags_) {
    if (flag.name != name) continue;
    if (!flag.value) throw_invalid("missing a value on flag: " + flag.name);
    result.push_back(*flag.value);
  }
  return result;
}

bool Flags::boolean(std::string_view name) const {
  bool result = false;
  for (const Flag& flag : flags_) {
    if (flag.name != name) continue;
    std::string text = to_lower(flag.value.value_or("true"));
    if (text != "true" && text != "false") {
      throw_invalid(fmt::format("expecting boolean value for flag {}, not: {}", name, text));
    }
    result = text == "true";
  }
  return result;
}

std::vector<std::string> parse_list(std::string_view text) {
  if (auto words = parse_string_list(text)) return *words;
  return split_fields(text);
}

CommandLine parse_command_line(std::string_view text) {
  if (auto words = parse_string_list(text)) return {false, *words};
  text = trim(text);
  if (text.empty()) return {};
  return {true, {std::string(text)}};
}

// "ENV name everything else", when the first word holds no '='.
static KeyValue parse_old_form(std::string_view text, std::string_view instruction) {
  size_t end = 0;
  while (end < text.size() && !is_space(text[end])) ++end;
  std::string_view value = trim(text.substr(end));
  if (value.empty()) throw_invalid(fmt::format("{} must have two arguments", instruction));
  return {std::string(text.substr(0, end)), std::string(value)};
}

std::vector<KeyValue> parse_pairs(std::string_view text, char escape, std::string_view instruction) {
  text = trim(text);
  auto words = split_quoted(text, escape);
  if (words.empty()) throw_invalid(fmt::format("{} requires at least one argument", instruction));
  if (words.front().find('=') == std::string::npos) return {parse_old_form(text, instruction)};
  std::vector<KeyValue> pairs;
  for (const std::string& word : words) {
    size_t equals = word.find('=');
    if (equals == std::string::npos) {
      throw_invalid(
          fmt::format("Syntax error - can't find = in \"{}\". Must be of the form: name=value", word));
    }
    if (equals == 0) throw_invalid(fmt::format("{} names can not be blank", instruction));
    pairs.push_back({word.substr(0, equals), word.substr(equals + 1)});
  }
  return pairs;
}

}  // namespace rundlet::builder::dockerfile
