// ImageStore::recover: what an earlier epoch left, finished or rolled back.
#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/log.h"
#include "image-store/store_state.h"

namespace rundlet::image_store {
namespace {

size_t depth_of(const SnapshotInfo& info, const std::map<SnapshotId, SnapshotId>& parents) {
  size_t depth = 0;
  for (auto at = parents.find(info.parent); at != parents.end(); at = parents.find(at->second)) ++depth;
  return depth;
}

// Lower layers first: a layer inherits directories from those below.
void sort_bottom_up(std::vector<SnapshotInfo>& infos, const std::vector<SnapshotInfo>& all) {
  std::map<SnapshotId, SnapshotId> parents;
  for (const SnapshotInfo& info : all) parents[info.id] = info.parent;
  std::ranges::sort(infos, {}, [&](const SnapshotInfo& info) { return depth_of(info, parents); });
}

}  // namespace

std::optional<Layer> ImageStore::State::layer_of(const SnapshotId& id) {
  auto chain = snapshots.chain_of(id);
  if (!chain) return std::nullopt;
  for (const Image& image : index.with_chain(*chain))
    for (const Layer& layer : layers_of(content(image)))
      if (layer.chain == *chain && blobs.contains(layer.blob.digest)) return layer;
  return std::nullopt;
}

bool ImageStore::State::repair(const SnapshotInfo& damaged) {
  try {
    auto layer = layer_of(damaged.id);
    if (!layer) return false;
    snapshots.begin_repair(damaged.id);
    unpacker.extract_into(damaged.id, damaged.parent, *layer);
    snapshots.end_repair(damaged.id);
    return true;
  } catch (const Error& e) {  // then the snapshot goes, and is extracted anew when it is wanted
    log::warn("snapshot {} cannot be repaired: {}", damaged.id, e.message());
    return false;
  }
}

void ImageStore::State::repair_snapshots() {
  std::vector<SnapshotInfo> damaged = snapshots.damaged();
  sort_bottom_up(damaged, snapshots.list());
  for (const SnapshotInfo& info : damaged) {
    if (!snapshots.info(info.id)) continue;  // dropped with its parent
    if (repair(info)) {
      log::warn("snapshot {} was not on disk and has been extracted again", info.id);
    } else {
      log::warn("snapshot {} ({}) was not on disk and is dropped with what stands on it", info.id,
                info.label);
      snapshots.drop_with_descendants(info.id);
    }
  }
  snapshots.remember_boot();
}

void ImageStore::recover() {
  state_->blobs.recover();
  state_->snapshots.recover();
  state_->repair_snapshots();
  state_->leases.drop_other_epochs();
  state_->layout.write();
  state_->snapshots.start_sync();
}

}  // namespace rundlet::image_store
