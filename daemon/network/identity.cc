#include "daemon/network/identity.h"

#include <fmt/format.h>
#include <net/if.h>

#include "base/error.h"

namespace rundlet::daemon {
namespace {

constexpr std::string_view kDefaultExecRoot = "/run/rundlet";

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

// FNV-1a.
uint64_t hash_of(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

void check_interface_name(const std::string& name) {
  bool valid =
      name.size() < IFNAMSIZ && name.find_first_of("/: \t\n") == name.npos && name != "." && name != "..";
  if (!valid) throw_invalid("invalid bridge name: \"" + name + "\"");
}

}  // namespace

std::string exec_root_hash(const std::string& exec_root) {
  uint64_t hash = hash_of(without_trailing_slash(exec_root));
  return fmt::format("{:08x}", static_cast<uint32_t>(hash ^ hash >> 32));
}

NetworkIdentity network_identity(const NetworkConfig& config) {
  std::string hash = exec_root_hash(config.exec_root);
  NetworkIdentity identity{"rundlet-" + hash, config.bridge, "v" + hash.substr(0, 6)};
  if (identity.bridge.empty())
    identity.bridge = without_trailing_slash(config.exec_root) == kDefaultExecRoot ? "rundlet0" : "rl" + hash;
  check_interface_name(identity.bridge);
  return identity;
}

std::string port_name(const NetworkIdentity& identity, net::Ipv4 address) {
  return fmt::format("{}{:08x}", identity.port_prefix, address.value);
}

}  // namespace rundlet::daemon
