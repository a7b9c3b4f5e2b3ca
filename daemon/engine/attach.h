// Clients on a container's stdio.
#pragma once

#include "daemon/engine/engine.h"

namespace rundlet::daemon {

// Hands the client's socket to the shim; before the start it is kept for it. Throws conflict when the container has
// ended or is paused.
void attach_container(Engine& engine, const ContainerPtr& container, PendingAttachment client);
void resize_container(Engine& engine, const ContainerPtr& container, uint32_t height, uint32_t width);
// docker's form, "ctrl-p,ctrl-q" or single characters, as raw bytes; throws invalid_argument.
std::string parse_detach_keys(const std::string& keys);

}  // namespace rundlet::daemon
