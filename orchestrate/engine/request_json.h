// JSON values that stand in query parameters and headers of the Engine API.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "spec/docker_api/container.h"
#include "spec/docker_api/image.h"

namespace rundlet::orchestrate {

std::string to_json(const std::map<std::string, std::optional<std::string>>& build_args);
std::string to_json(const std::map<std::string, std::string>& labels);
std::string to_json(const std::vector<std::string>& items);
std::string to_json(const std::vector<spec::docker_api::Ulimit>& ulimits);
// The value of X-Registry-Auth and X-Registry-Config: JSON in URL-safe base64.
std::string encode_header_json(const std::string& json);
// {"Id": …}
std::string parse_id(const std::string& text);

}  // namespace rundlet::orchestrate
