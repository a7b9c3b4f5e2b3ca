// "--publish" and "--expose": docker's port notation (github.com/docker/go-connections, nat).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "spec/docker_api/container.h"

namespace rundlet::cli {

// Adds what "[[ip:]host[-range]:]container[-range][/proto]" or "target=80,published=8080,protocol=tcp"
// publishes, and exposes it. Throws invalid_argument in docker's words.
void add_published(std::string_view spec, spec::docker_api::PortMap& bindings,
                   std::map<std::string, spec::Empty>& exposed);
// "90", "90-92", "90/udp".
void add_exposed(std::string_view spec, std::map<std::string, spec::Empty>& exposed);

}  // namespace rundlet::cli
