// What a container's writable layer holds: `docker diff` and `docker export`.
#pragma once

#include <functional>
#include <string_view>

#include "daemon/engine/engine.h"

namespace rundlet::daemon {

std::vector<docker_api::FilesystemChange> changes(Engine& engine, const ContainerPtr& container);

// The whole tree as a tar stream.
void export_container(Engine& engine, const ContainerPtr& container,
                      const std::function<void(std::string_view)>& write);

}  // namespace rundlet::daemon
