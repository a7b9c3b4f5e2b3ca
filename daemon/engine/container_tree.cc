#include "daemon/engine/container_tree.h"

namespace rundlet::daemon {

image_store::MountedTree container_tree(const Engine& engine, const ContainerRecord& record) {
  std::string lower;
  for (const std::string& directory : engine.images.snapshots().directories(record.snapshot))
    lower += (lower.empty() ? "" : ":") + directory;
  spec::Mount mount{"", "overlay", "overlay", {"ro", "lowerdir=" + lower}};
  return image_store::MountedTree({mount});
}

}  // namespace rundlet::daemon
