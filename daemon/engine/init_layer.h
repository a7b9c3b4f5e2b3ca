// The layer between an image and a container's writable one, as docker has it: the mount points of /proc, /dev, /sys
// and of the sandbox files, and /.dockerenv, which programs look for. So they are neither in a container's changes nor
// in what is committed from it. One per image, shared by its containers.
#pragma once

#include "daemon/engine/engine.h"

namespace rundlet::daemon {

image_store::SnapshotId container_base(Engine& engine, const image_store::SnapshotId& image_snapshot,
                                       image_store::Lease& lease);

}  // namespace rundlet::daemon
