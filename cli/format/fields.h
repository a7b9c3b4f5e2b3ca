// Values of table cells as docker shows them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "spec/docker_api/container.h"

namespace rundlet::cli {

// Twelve digits, without "sha256:".
std::string short_id(std::string_view id);
// "2026-11-20 18:46:42 +0000 UTC", local.
std::string local_time(int64_t unix_seconds);
// "5 minutes ago".
std::string ago(int64_t unix_seconds);
// "a=b,c=d"
std::string label_text(const std::map<std::string, std::string>& labels);
// "0.0.0.0:8080->80/tcp, 443/tcp", runs of ports drawn together.
std::string ports_text(std::vector<spec::docker_api::PortSummary> ports);

}  // namespace rundlet::cli
