// Processes of a container, by the host's ps, as docker does it.
#pragma once

#include "daemon/engine/engine.h"

namespace rundlet::daemon {

// `arguments` are ps's ("-ef" when empty); its output must have a PID column.
docker_api::TopResult top(Engine& engine, const ContainerPtr& container, const std::string& arguments);

}  // namespace rundlet::daemon
