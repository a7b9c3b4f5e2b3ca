#include "cli/options/value_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/error.h"
#include "cli/flags.h"
#include "cli/text.h"

namespace rundlet::cli {
namespace {

bool is_device_mode(std::string_view mode) {
  std::set<char> seen;
  for (char c : mode)
    if ((c != 'r' && c != 'w' && c != 'm') || !seen.insert(c).second) return false;
  return !mode.empty();
}

bool is_domain(std::string_view text) {
  for (const std::string& label : split(text, '.')) {
    bool valid = !label.empty() && label.front() != '-' && label.back() != '-' &&
                 label.find_first_not_of(
                     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == label.npos;
    if (!valid) return false;
  }
  return true;
}

std::set<std::string> capability_names(const std::vector<std::string>& given) {
  std::set<std::string> names;
  for (const std::string& text : given) {
    std::string name = upper(trim(text));
    if (name == "ALL" || name == "CAP_ALL") return {"ALL"};
    names.insert(name.starts_with("CAP_") ? name : "CAP_" + name);
  }
  return names;
}

}  // namespace

std::string check_extra_host(std::string_view text) {
  auto pair = cut(text, '=');
  if (!pair) pair = cut(text, ':');
  if (!pair || pair->first.empty()) throw_invalid(fmt::format("bad format for add-host: \"{}\"", text));
  std::string& address = pair->second;
  if (address.size() > 2 && address.front() == '[' && address.back() == ']')
    address = address.substr(1, address.size() - 2);
  if (address != "host-gateway" && !is_ip_address(address))
    throw_invalid(fmt::format("invalid IP address in add-host: \"{}\"", address));
  return pair->first + ":" + address;
}

std::string check_ip_address(std::string_view text) {
  std::string address = trim(text);
  if (!is_ip_address(address)) throw_invalid(fmt::format("IP address is not correctly formatted: {}", text));
  return address;
}

std::string check_dns_search(std::string_view text) {
  std::string domain = trim(text);
  if (domain == ".") return domain;
  std::string_view relative = domain;
  if (relative.ends_with('.')) relative.remove_suffix(1);
  if (!is_domain(relative)) throw_invalid(fmt::format("{} is not a valid domain", domain));
  return domain;
}

std::string check_sysctl(std::string_view text) {
  constexpr std::string_view kNames[] = {"kernel.msgmax", "kernel.msgmnb",         "kernel.msgmni",
                                         "kernel.sem",    "kernel.shmall",         "kernel.shmmax",
                                         "kernel.shmmni", "kernel.shm_rmid_forced"};
  auto pair = cut(text, '=');
  bool known = pair && (pair->first.starts_with("net.") || pair->first.starts_with("fs.mqueue.") ||
                        std::find(std::begin(kNames), std::end(kNames), pair->first) != std::end(kNames));
  if (!known) throw_invalid(fmt::format("sysctl '{}' is not allowed", text));
  return std::string(text);
}

spec::docker_api::Ulimit parse_ulimit(std::string_view text) {
  constexpr std::string_view kTypes[] = {"core",    "cpu",      "data",   "fsize",      "locks",
                                         "memlock", "msgqueue", "nice",   "nofile",     "nproc",
                                         "rss",     "rtprio",   "rttime", "sigpending", "stack"};
  auto pair = cut(text, '=');
  if (!pair) throw_invalid(fmt::format("invalid ulimit argument: {}", text));
  if (std::find(std::begin(kTypes), std::end(kTypes), pair->first) == std::end(kTypes))
    throw_invalid(fmt::format("invalid ulimit type: {}", pair->first));
  auto limits = cut(pair->second, ':');
  spec::docker_api::Ulimit ulimit;
  ulimit.name = pair->first;
  ulimit.soft = parse_go_int(limits ? limits->first : pair->second);
  ulimit.hard = limits ? parse_go_int(limits->second) : ulimit.soft;
  if (ulimit.hard != -1 && (ulimit.soft == -1 || ulimit.soft > ulimit.hard))
    throw_invalid(fmt::format("ulimit soft limit must be less than or equal to hard limit: {} > {}",
                              ulimit.soft, ulimit.hard));
  return ulimit;
}

std::string check_ulimit(std::string_view text) {
  parse_ulimit(text);
  return std::string(text);
}

spec::docker_api::DeviceMapping parse_device(const std::string& text) {
  std::vector<std::string> parts = split(text, ':');
  if (parts.size() > 3 || parts[0].empty()) throw_invalid("invalid device specification: " + text);
  spec::docker_api::DeviceMapping device{parts[0], parts[0], "rwm"};
  if (parts.size() == 2 && is_device_mode(parts[1])) {
    device.cgroup_permissions = parts[1];
  } else if (parts.size() >= 2) {
    device.path_in_container = parts[1];
  }
  if (parts.size() == 3) {
    if (!is_device_mode(parts[2])) throw_invalid("invalid device specification: " + text);
    device.cgroup_permissions = parts[2];
  }
  return device;
}

spec::docker_api::RestartPolicy parse_restart_policy(std::string_view text) {
  spec::docker_api::RestartPolicy policy;
  auto pair = cut(text, ':');
  policy.name = pair ? pair->first : std::string(text);
  if (!pair) return policy;
  if (policy.name.empty()) throw_invalid("invalid restart policy format: no policy provided before colon");
  if (pair->second.empty()) return policy;
  const std::string& count = pair->second;
  auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), policy.maximum_retry_count);
  if (error != std::errc() || end != count.data() + count.size())
    throw_invalid("invalid restart policy format: maximum retry count must be an integer");
  return policy;
}

int64_t parse_cpus(std::string_view text) {
  constexpr size_t kDigits = 9;
  auto fail = [&] { throw_invalid(fmt::format("failed to parse {} as a rational number", text)); };
  auto pair = cut(text, '.');
  std::string whole = pair ? pair->first : std::string(text);
  std::string fraction = pair ? pair->second : "";
  if (whole.empty()) whole.push_back('0');
  if (whole.size() > 9 || whole.find_first_not_of("0123456789") != whole.npos || text.empty() || text == ".")
    fail();
  if (fraction.find_first_not_of("0123456789") != fraction.npos) fail();
  while (fraction.ends_with('0')) fraction.pop_back();
  if (fraction.size() > kDigits) throw_invalid("value is too precise");
  fraction.resize(kDigits, '0');
  return std::stoll(whole) * 1'000'000'000 + std::stoll(fraction);
}

CapabilityChange normalise_capabilities(const std::vector<std::string>& add,
                                        const std::vector<std::string>& drop) {
  std::set<std::string> added = capability_names(add);
  std::set<std::string> dropped = capability_names(drop);
  for (const std::string& name : added) dropped.erase(name);
  return {{added.begin(), added.end()}, {dropped.begin(), dropped.end()}};
}

}  // namespace rundlet::cli
