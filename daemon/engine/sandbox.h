// Sandboxes: the network namespace that containers share, pinned by a bind mount under exec-root, and the files that
// belong to it (hostname, hosts, resolv.conf). A container is normally the only member of its own; `container:X` joins
// that of X.
#pragma once

#include <map>
#include <string>

#include "daemon/engine/engine.h"

namespace rundlet::daemon {

// EXEC_ROOT/sandboxes/ID/net
std::string namespace_pin(const Engine& engine, const std::string& sandbox_id);
void pin_namespace(const Engine& engine, const std::string& sandbox_id, int netns_fd);
// No error when nothing is pinned.
void unpin_namespace(const Engine& engine, const std::string& sandbox_id);

// The 64 hex digits under which the API names a predefined network ("bridge", "none", "host"); stable for a daemon.
std::string network_id(const Engine& engine, const std::string& name);

// Name under /etc → file on the host.
std::map<std::string, std::string> sandbox_files(const Engine& engine, const std::string& sandbox_id);
// Written at every start; the address is known only after the network is connected (then hosts is written again).
void write_sandbox_files(const Engine& engine, const ContainerRecord& record);
void write_hosts(const Engine& engine, const ContainerRecord& record);
// The host's resolv.conf as containers and build steps get it: loopback resolvers, which they cannot reach, left out.
std::string container_resolv_conf(const EngineConfig& config, const docker_api::HostConfig& host);

}  // namespace rundlet::daemon
