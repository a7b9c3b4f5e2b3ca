// A container's tree as a whole, for reading, whether it runs or not.
#pragma once

#include "daemon/engine/engine.h"
#include "image-store/mounted_tree.h"

namespace rundlet::daemon {

// A read-only merge of the writable layer and what lies below. The writable layer is a lower one here: a second
// writable mount of it would be undefined in overlayfs.
image_store::MountedTree container_tree(const Engine& engine, const ContainerRecord& record);

}  // namespace rundlet::daemon
