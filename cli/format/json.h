// JSON text as docker prints it. Works on the text as it came, so that numbers and order stay what the daemon
// wrote.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rundlet::cli {

// As Go's json.Indent with four spaces; `text` must be well-formed JSON.
std::string indent_json(std::string_view text, std::string_view prefix = "");
// Without white space; throws invalid_argument for what is no JSON.
std::string compact_json(std::string_view text);
// {"a":"b",…} in the order of the map.
std::string json_object(const std::map<std::string, std::string>& fields);
std::string json_string(std::string_view text);
std::string json_string_list(const std::vector<std::string>& items);

}  // namespace rundlet::cli
