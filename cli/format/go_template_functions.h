// The functions a Go template may call, over JSON values. For the template's own .cc files: it brings
// json.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/codec/json.h"

namespace rundlet::cli::go_template {

using Json = nlohmann::ordered_json;

// As Go's fmt prints it with %v; null is "<no value>" at the top and "<nil>" inside.
std::string print_value(const Json& value, bool inside = false);
bool is_true(const Json& value);
bool is_function(const std::string& name);
// Throws Error with Go's words for wrong arguments; `and` and `or` are the evaluator's, since they stop
// early.
Json call_function(const std::string& name, const std::vector<Json>& args);
// Go's fmt.Sprintf.
std::string format_go(std::string_view format, const std::vector<Json>& args);

}  // namespace rundlet::cli::go_template
