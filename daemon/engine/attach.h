// Clients on a container's stdio.
#pragma once

#include "daemon/engine/engine.h"

namespace rundlet::daemon {

// Hands the client's socket to the shim; before the start it is kept for it. The client is taken (and so gets its
// answer) when neither start nor exit can come between. Throws conflict when the container is paused or restarting.
using ClientSource = std::function<PendingAttachment()>;
void attach_container(Engine& engine, const ContainerPtr& container, const ClientSource& take_client);
void resize_container(Engine& engine, const ContainerPtr& container, uint32_t height, uint32_t width);
// docker's form, "ctrl-p,ctrl-q" or single characters, as raw bytes; throws invalid_argument.
std::string parse_detach_keys(const std::string& keys);

}  // namespace rundlet::daemon
