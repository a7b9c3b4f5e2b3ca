#include "registry-client/host_policy.h"

#include <arpa/inet.h>
#include <dirent.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/fd.h"

namespace rundlet::registry_client {
namespace {

struct Address {
  int family;
  std::array<unsigned char, 16> bytes{};
};

std::optional<Address> parse_address(const std::string& text) {
  for (int family : {AF_INET, AF_INET6}) {
    Address address{family};
    if (inet_pton(family, text.c_str(), address.bytes.data()) == 1) return address;
  }
  return std::nullopt;
}

bool same_prefix(const Address& a, const Address& b, int bits) {
  for (size_t i = 0; bits > 0; ++i, bits -= 8) {
    unsigned char mask = bits >= 8 ? 0xff : static_cast<unsigned char>(0xff << (8 - bits));
    if ((a.bytes[i] & mask) != (b.bytes[i] & mask)) return false;
  }
  return true;
}

// Sorted names in a directory; a directory that is not there is empty.
std::vector<std::string> list_directory(const std::string& path) {
  std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir(path.c_str()), closedir);
  std::vector<std::string> names;
  if (!directory) {
    if (errno == ENOENT || errno == ENOTDIR) return names;
    throw_errno("open " + path);
  }
  while (const dirent* entry = readdir(directory.get())) names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::string host_without_port(const std::string& authority) {
  if (!authority.empty() && authority.front() == '[') return authority.substr(1, authority.find(']') - 1);
  size_t colon = authority.find(':');
  bool bare_ipv6 = colon != authority.npos && authority.find(':', colon + 1) != authority.npos;
  return bare_ipv6 ? authority : authority.substr(0, colon);
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || in_cidr(host, "127.0.0.0/8");
}

bool in_cidr(const std::string& address, const std::string& cidr) {
  size_t slash = cidr.find('/');
  if (slash == cidr.npos) return false;
  auto wanted = parse_address(cidr.substr(0, slash));
  auto given = parse_address(address);
  if (!wanted || !given || wanted->family != given->family) return false;
  int bits = -1;
  const char* end = cidr.data() + cidr.size();
  auto [stop, error] = std::from_chars(cidr.data() + slash + 1, end, bits);
  if (error != std::errc{} || stop != end || bits < 0 || bits > (wanted->family == AF_INET ? 32 : 128))
    return false;
  return same_prefix(*wanted, *given, bits);
}

HostPolicy::HostPolicy(const RegistryOptions& options)
    : insecure_(options.insecure), certs_directory_(options.certs_directory) {}

bool HostPolicy::is_insecure(const std::string& authority) const {
  std::string host = host_without_port(authority);
  if (is_loopback(host)) return true;
  return std::any_of(insecure_.begin(), insecure_.end(), [&](const std::string& entry) {
    return entry == authority || entry == host || in_cidr(host, entry);
  });
}

TlsSettings HostPolicy::tls(const std::string& authority) const {
  TlsSettings settings;
  settings.verify = !is_insecure(authority);
  if (certs_directory_.empty()) return settings;
  std::string directory = certs_directory_ + "/" + authority;
  for (const std::string& name : list_directory(directory)) {
    std::string path = directory + "/" + name;
    if (name.ends_with(".crt")) settings.extra_ca += read_file(path) + "\n";
    if (!name.ends_with(".cert")) continue;
    std::string key = path.substr(0, path.size() - 5) + ".key";
    if (::access(key.c_str(), F_OK) != 0)
      throw_error(ErrorCode::failed_precondition, "missing key " + key + " for client certificate " + path +
                                                      ". CA certificates must use the extension .crt");
    settings.client_cert = path;
    settings.client_key = key;
  }
  return settings;
}

}  // namespace rundlet::registry_client
