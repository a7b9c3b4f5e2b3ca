// Every group of routes, to be added to the one table.
#pragma once

#include "daemon/api/router.h"
#include "daemon/engine/engine.h"

namespace rundlet::builder {
class Builder;
}

namespace rundlet::daemon {

void add_version_routes(Router& router);  // /_ping, /version; refuses /session and /grpc
// Tells to set DOCKER_BUILDKIT=0; what POST /build does with version=2.
[[noreturn]] void refuse_buildkit();
void add_system_routes(Router& router, Engine& engine);
void add_container_routes(Router& router, Engine& engine);
void add_container_stream_routes(Router& router, Engine& engine);  // logs, attach, wait, exec
void add_image_routes(Router& router, Engine& engine);
void add_image_transfer_routes(Router& router, Engine& engine);  // pull, push, load, save, import
void add_unsupported_routes(Router& router);  // last: what no other route has taken
void add_build_routes(Router& router, Engine& engine, builder::Builder& builder);

}  // namespace rundlet::daemon
