// Values of single flags, refused in docker's words. All throw invalid_argument.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spec/docker_api/container.h"

namespace rundlet::cli {

std::string check_extra_host(
    std::string_view text);  // "name:address" or "name=address"; gives "name:address"
std::string check_ip_address(std::string_view text);
std::string check_dns_search(std::string_view text);
std::string check_sysctl(std::string_view text);
std::string check_ulimit(std::string_view text);
spec::docker_api::Ulimit parse_ulimit(std::string_view text);           // "nofile=1024:2048"
spec::docker_api::DeviceMapping parse_device(const std::string& text);  // "/dev/a[:/dev/b][:rwm]"
spec::docker_api::RestartPolicy parse_restart_policy(std::string_view text);
int64_t parse_cpus(std::string_view text);  // "1.5" → 1500000000
struct CapabilityChange {
  std::vector<std::string> add, drop;
};
// Names in full ("CAP_NET_ADMIN"), sorted, once each; what is added is not dropped.
CapabilityChange normalise_capabilities(const std::vector<std::string>& add,
                                        const std::vector<std::string>& drop);

}  // namespace rundlet::cli
