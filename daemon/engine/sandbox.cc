#include "daemon/engine/sandbox.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <sstream>

#include "base/codec/sha256.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/rooted_path.h"
#include "daemon/engine/host_config.h"

namespace rundlet::daemon {
namespace {

constexpr char kLocalHosts[] =
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::\tip6-localnet\n"
    "ff00::\tip6-mcastprefix\n"
    "ff02::1\tip6-allnodes\n"
    "ff02::2\tip6-allrouters\n";

bool is_loopback_resolver(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

std::string host_file(const std::string& path) {
  try {
    return read_file(path);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::not_found) return "";
    throw;
  }
}

// The lines of the host's own file that a container can use.
std::string usable_resolv_conf(bool keep_nameservers, bool keep_search, bool keep_options) {
  std::istringstream lines(host_file("/etc/resolv.conf"));
  std::string kept;
  bool any_nameserver = false;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string key, value;
    words >> key >> value;
    if (key.empty() || key[0] == '#' || key[0] == ';') continue;
    if (key == "nameserver" && (!keep_nameservers || is_loopback_resolver(value))) continue;
    if ((key == "search" || key == "domain") && !keep_search) continue;
    if (key == "options" && !keep_options) continue;
    any_nameserver = any_nameserver || key == "nameserver";
    kept += line + "\n";
  }
  // As docker: a host whose resolvers are all on loopback leaves the container with public ones.
  if (keep_nameservers && !any_nameserver) kept += "nameserver 8.8.8.8\nnameserver 8.8.4.4\n";
  return kept;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += " " + word;
  return text;
}

std::string extra_hosts(const ContainerRecord& record, const std::string& gateway) {
  std::string lines;
  for (const std::string& entry : record.host_config.extra_hosts) {
    size_t colon = entry.find(':');
    if (colon == entry.npos) throw_invalid("bad format for add-host: \"" + entry + "\"");
    std::string address = entry.substr(colon + 1);
    if (address == "host-gateway") address = gateway;
    lines += address + "\t" + entry.substr(0, colon) + "\n";
  }
  return lines;
}

}  // namespace

std::string namespace_pin(const Engine& engine, const std::string& sandbox_id) {
  return engine.sandbox_directory(sandbox_id) + "/net";
}

void pin_namespace(const Engine& engine, const std::string& sandbox_id, int netns_fd) {
  std::string pin = namespace_pin(engine, sandbox_id);
  fs::make_directories(engine.sandbox_directory(sandbox_id), 0700);
  open_file(pin, O_WRONLY | O_CREAT, 0600);
  if (::mount(fs::fd_path(netns_fd).c_str(), pin.c_str(), nullptr, MS_BIND, nullptr) < 0)
    throw_errno("pin network namespace at " + pin);
}

void unpin_namespace(const Engine& engine, const std::string& sandbox_id) {
  std::string pin = namespace_pin(engine, sandbox_id);
  if (::umount2(pin.c_str(), MNT_DETACH) < 0 && errno != ENOENT && errno != EINVAL) throw_errno("unmount " + pin);
  if (::unlink(pin.c_str()) < 0 && errno != ENOENT) throw_errno("remove " + pin);
  std::string directory = engine.sandbox_directory(sandbox_id);
  if (::rmdir(directory.c_str()) < 0 && errno != ENOENT) throw_errno("remove " + directory);
}

std::string network_id(const Engine& engine, const std::string& name) {
  return codec::sha256_hex(engine.installation + "/" + name);
}

std::map<std::string, std::string> sandbox_files(const Engine& engine, const std::string& sandbox_id) {
  std::string directory = engine.container_directory(sandbox_id);
  return {{"hostname", directory + "/hostname"},
          {"hosts", directory + "/hosts"},
          {"resolv.conf", directory + "/resolv.conf"}};
}

std::string container_resolv_conf(const EngineConfig& config, const docker_api::HostConfig& host) {
  const auto& servers = host.dns.empty() ? config.dns : host.dns;
  const auto& search = host.dns_search.empty() ? config.dns_search : host.dns_search;
  const auto& options = host.dns_options.empty() ? config.dns_options : host.dns_options;
  std::string text = usable_resolv_conf(servers.empty(), search.empty(), options.empty());
  for (const std::string& server : servers) text += "nameserver " + server + "\n";
  if (!search.empty() && search[0] != ".") text += "search" + joined(search) + "\n";
  if (!options.empty()) text += "options" + joined(options) + "\n";
  return text;
}

void write_hosts(const Engine& engine, const ContainerRecord& record) {
  std::string text;
  if (parse_network_mode(record.host_config.network_mode).kind == NetworkKind::host) {
    text = host_file("/etc/hosts");
  } else {
    text = kLocalHosts;
  }
  text += extra_hosts(record, record.endpoint ? record.endpoint->gateway : engine.network.describe().gateway);
  if (record.endpoint) {
    const std::string& name = record.config.hostname;
    std::string full = record.config.domainname.empty() ? name : name + "." + record.config.domainname + " " + name;
    text += record.endpoint->ip_address + "\t" + full + "\n";
  }
  write_file(engine.container_directory(record.id) + "/hosts", text);
}

void write_sandbox_files(const Engine& engine, const ContainerRecord& record) {
  std::string directory = engine.container_directory(record.id);
  write_file(directory + "/hostname", record.config.hostname + "\n");
  write_file(directory + "/resolv.conf", container_resolv_conf(engine.config, record.host_config));
  write_hosts(engine, record);
}

}  // namespace rundlet::daemon
