#include "cli/format/go_template_functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/format/table.h"

namespace rundlet::cli::go_template {
namespace {

using Arguments = std::vector<Json>;

constexpr size_t kMany = 1000;

void want(const Arguments& args, const char* name, size_t least, size_t most) {
  if (args.size() >= least && args.size() <= most) return;
  throw_invalid(fmt::format("wrong number of args for {}: want {}{} got {}", name,
                            least == most ? "" : "at least ", least, args.size()));
}

std::string text_of(const Json& value, const char* function) {
  if (!value.is_string())
    throw_invalid(
        fmt::format("wrong type for value in {}; expected string; got {}", function, value.type_name()));
  return value.get<std::string>();
}

int64_t whole_of(const Json& value, const char* function) {
  if (!value.is_number_integer())
    throw_invalid(fmt::format("{}: cannot use {} as an integer", function, value.dump()));
  return value.get<int64_t>();
}

// ---- comparison

bool comparable(const Json& a, const Json& b) {
  return a.type() == b.type() || (a.is_number() && b.is_number()) || a.is_null() || b.is_null();
}

Json equal(const Arguments& args) {
  want(args, "eq", 2, kMany);
  for (size_t i = 1; i < args.size(); ++i) {
    if (args[0].is_structured() || args[i].is_structured())
      throw_invalid("error calling eq: non-comparable type");
    if (!comparable(args[0], args[i])) throw_invalid("error calling eq: incompatible types for comparison");
    if (args[0] == args[i]) return true;
  }
  return false;
}

Json not_equal(const Arguments& args) {
  want(args, "ne", 2, 2);
  return !equal(args).get<bool>();
}

// -1, 0 or 1.
int order(const Arguments& args, const char* name) {
  want(args, name, 2, 2);
  bool numbers = args[0].is_number() && args[1].is_number();
  bool texts = args[0].is_string() && args[1].is_string();
  if (!numbers && !texts)
    throw_invalid(fmt::format("error calling {}: incompatible types for comparison", name));
  return args[0] < args[1] ? -1 : args[1] < args[0] ? 1 : 0;
}

// ---- collections

// A map of texts gives "" for a key it lacks, as Go's map[string]string; any other map gives nil.
Json missing_entry(const Json& map) {
  bool all_texts = std::all_of(map.begin(), map.end(), [](const Json& value) { return value.is_string(); });
  return all_texts ? Json("") : Json(nullptr);
}

Json index_one(const Json& container, const Json& key) {
  if (container.is_null()) return "";
  if (container.is_object()) {
    auto found = container.find(text_of(key, "index"));
    return found == container.end() ? missing_entry(container) : *found;
  }
  if (!container.is_array() && !container.is_string())
    throw_invalid(fmt::format("error calling index: can't index item of type {}", container.type_name()));
  int64_t at = whole_of(key, "error calling index");
  int64_t size = static_cast<int64_t>(container.is_array() ? container.size()
                                                           : container.get_ref<const std::string&>().size());
  if (at < 0 || at >= size) throw_invalid(fmt::format("error calling index: index out of range: {}", at));
  size_t place = static_cast<size_t>(at);
  if (container.is_array()) return container[place];
  return static_cast<int64_t>(static_cast<unsigned char>(container.get_ref<const std::string&>()[place]));
}

Json index(const Arguments& args) {
  want(args, "index", 1, kMany);
  Json value = args[0];
  for (size_t i = 1; i < args.size(); ++i) value = index_one(value, args[i]);
  return value;
}

Json slice(const Arguments& args) {
  want(args, "slice", 1, 3);
  const Json& whole = args[0];
  if (!whole.is_array() && !whole.is_string())
    throw_invalid(fmt::format("error calling slice: can't slice item of type {}", whole.type_name()));
  int64_t size =
      static_cast<int64_t>(whole.is_array() ? whole.size() : whole.get_ref<const std::string&>().size());
  int64_t from = args.size() > 1 ? whole_of(args[1], "error calling slice") : 0;
  int64_t to = args.size() > 2 ? whole_of(args[2], "error calling slice") : size;
  if (from < 0 || from > size)
    throw_invalid(fmt::format("error calling slice: index out of range: {}", from));
  if (to < from || to > size) throw_invalid(fmt::format("error calling slice: index out of range: {}", to));
  if (whole.is_string())
    return whole.get_ref<const std::string&>().substr(static_cast<size_t>(from),
                                                      static_cast<size_t>(to - from));
  Json out = Json::array();
  for (int64_t i = from; i < to; ++i) out.push_back(whole[static_cast<size_t>(i)]);
  return out;
}

Json length(const Arguments& args) {
  want(args, "len", 1, 1);
  if (args[0].is_string()) return args[0].get_ref<const std::string&>().size();
  if (args[0].is_null()) return 0;
  if (!args[0].is_structured())
    throw_invalid(fmt::format("error calling len: len of type {}", args[0].type_name()));
  return args[0].size();
}

// ---- text

std::string joined(const Arguments& args, bool spaces_between_all) {
  std::string out;
  for (size_t i = 0; i < args.size(); ++i) {
    bool plain = i > 0 && !args[i - 1].is_string() && !args[i].is_string();
    if (i > 0 && (spaces_between_all || plain)) out += ' ';
    out += print_value(args[i], true);
  }
  return out;
}

Json split(const Arguments& args) {
  want(args, "split", 2, 2);
  std::string text = text_of(args[0], "split");
  std::string separator = text_of(args[1], "split");
  Json out = Json::array();
  if (separator.empty()) {
    for (char c : text) out.push_back(std::string(1, c));
    return out;
  }
  for (size_t at = 0;;) {
    size_t end = text.find(separator, at);
    out.push_back(text.substr(at, end == text.npos ? end : end - at));
    if (end == text.npos) return out;
    at = end + separator.size();
  }
}

Json join(const Arguments& args) {
  want(args, "join", 2, 2);
  if (!args[0].is_array() && !args[0].is_null())
    throw_invalid(
        fmt::format("wrong type for value in join; expected []string; got {}", args[0].type_name()));
  std::string separator = text_of(args[1], "join");
  std::string out;
  for (size_t i = 0; i < args[0].size(); ++i) out += (i > 0 ? separator : "") + print_value(args[0][i]);
  return out;
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

Json changed(const Arguments& args, const char* name, char (*change)(char)) {
  want(args, name, 1, 1);
  std::string text = text_of(args[0], name);
  std::transform(text.begin(), text.end(), text.begin(), change);
  return text;
}

Json title(const Arguments& args) {
  want(args, "title", 1, 1);
  std::string text = text_of(args[0], "title");
  bool start = true;
  for (char& c : text) {
    if (start) c = upper(c);
    start = c == ' ' || c == '\t' || c == '\n';
  }
  return text;
}

Json pad(const Arguments& args) {
  want(args, "pad", 3, 3);
  std::string text = text_of(args[0], "pad");
  if (text.empty()) return text;
  auto spaces = [](const Json& n) {
    return std::string(static_cast<size_t>(std::max<int64_t>(0, whole_of(n, "pad"))), ' ');
  };
  return spaces(args[1]) + text + spaces(args[2]);
}

Json truncate(const Arguments& args) {
  want(args, "truncate", 2, 2);
  std::string text = text_of(args[0], "truncate");
  int64_t size = whole_of(args[1], "truncate");
  return size < 0 || static_cast<size_t>(size) >= text.size() ? text
                                                              : text.substr(0, static_cast<size_t>(size));
}

Json to_json_text(const Arguments& args) {
  want(args, "json", 1, 1);
  return args[0].dump();
}

Json negate(const Arguments& args) {
  want(args, "not", 1, 1);
  return !is_true(args[0]);
}

Json print_formatted(const Arguments& args) {
  want(args, "printf", 1, kMany);
  return format_go(text_of(args[0], "printf"), Arguments(args.begin() + 1, args.end()));
}

using Implementation = Json (*)(const Arguments&);

const std::map<std::string, Implementation>& functions() {
  static const std::map<std::string, Implementation> kFunctions = {
      {"eq", equal},
      {"ne", not_equal},
      {"lt", [](const Arguments& a) { return Json(order(a, "lt") < 0); }},
      {"le", [](const Arguments& a) { return Json(order(a, "le") <= 0); }},
      {"gt", [](const Arguments& a) { return Json(order(a, "gt") > 0); }},
      {"ge", [](const Arguments& a) { return Json(order(a, "ge") >= 0); }},
      {"index", index},
      {"slice", slice},
      {"len", length},
      {"not", negate},
      {"print", [](const Arguments& a) { return Json(joined(a, false)); }},
      {"println", [](const Arguments& a) { return Json(joined(a, true) + "\n"); }},
      {"printf", print_formatted},
      {"json", to_json_text},
      {"split", split},
      {"join", join},
      {"upper", [](const Arguments& a) { return changed(a, "upper", upper); }},
      {"lower", [](const Arguments& a) { return changed(a, "lower", lower); }},
      {"title", title},
      {"pad", pad},
      {"truncate", truncate},
  };
  return kFunctions;
}

}  // namespace

bool is_true(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value != Json(0);
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();
}

std::string print_value(const Json& value, bool inside) {
  if (value.is_null()) return inside ? "<nil>" : "<no value>";
  if (value.is_string()) return value.get<std::string>();
  std::string out;
  if (value.is_array()) {
    for (const Json& item : value) out += (out.empty() ? "[" : " ") + print_value(item, true);
    return out.empty() ? "[]" : out + "]";
  }
  if (!value.is_object()) return value.dump();
  std::map<std::string, std::string> sorted;
  for (const auto& [key, item] : value.items()) sorted[key] = print_value(item, true);
  for (const auto& [key, item] : sorted) out += (out.empty() ? "map[" : " ") + key + ":" + item;
  return out.empty() ? "map[]" : out + "]";
}

bool is_function(const std::string& name) {
  return functions().count(name) > 0 || name == "and" || name == "or";
}

Json call_function(const std::string& name, const std::vector<Json>& args) {
  return functions().at(name)(args);
}

}  // namespace rundlet::cli::go_template
