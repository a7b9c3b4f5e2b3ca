// What the daemon says of itself and its host.
#pragma once

#include "daemon/engine/engine.h"
#include "spec/docker_api/system.h"

namespace rundlet::daemon {

docker_api::SystemInfo system_info(Engine& engine);

}  // namespace rundlet::daemon
