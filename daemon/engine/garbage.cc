#include "base/log.h"
#include "daemon/engine/images.h"

namespace rundlet::daemon {

void collect_garbage(Engine& engine) {
  auto roots = [&engine] {
    std::vector<image_store::SnapshotId> ids = engine.build_cache_snapshots();
    for (const ContainerPtr& container : engine.containers.all())
      if (auto record = container->record(); !record.snapshot.empty()) ids.push_back(record.snapshot);
    return ids;
  };
  auto collected = engine.images.collect(roots);
  log::debug("collected {} blobs and {} snapshots, {} bytes", collected.blobs, collected.snapshots, collected.bytes);
}

}  // namespace rundlet::daemon
