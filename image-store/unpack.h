// Layers → snapshots. Layers in overlayfs form do not depend on each other, so they are extracted in any
// order and at the same time, and stacked bottom-up afterwards. Parallel pulls of the same layer extract it
// once.
#pragma once

#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "image-store/blob_store.h"
#include "image-store/image_store.h"
#include "image-store/overlay_snapshotter.h"

namespace rundlet::image_store {

struct Layer {
  spec::Digest chain, diff;
  spec::Descriptor blob;
};
// Throws invalid_argument when manifest and config do not have the same number of layers.
std::vector<Layer> layers_of(const ImageContent& content);
// The chain ids of a config, lowest layer first.
std::vector<spec::Digest> chains_of(const spec::ImageConfig& config);

class Unpacker {
 public:
  Unpacker(BlobStore& blobs, OverlaySnapshotter& snapshots) : blobs_(blobs), snapshots_(snapshots) {}

  SnapshotId unpack(const std::vector<Layer>& layers, Lease& lease, const ProgressFn& progress);
  void extract(const Layer& layer, Lease& lease, const ProgressFn& progress);
  // Writes the layer into an existing snapshot on `parent`, whose directory is empty.
  void extract_into(const SnapshotId& id, const SnapshotId& parent, const Layer& layer);

 private:
  struct Extraction {
    SnapshotId id;
    std::vector<std::string> implied_directories;
  };
  using Pending = std::shared_future<Extraction>;

  std::optional<SnapshotId> leased_chain(const spec::Digest& chain, Lease& lease) const;
  Extraction extraction_of(const Layer& layer, Lease& lease, const ProgressFn& progress);
  Extraction extract_anew(const Layer& layer, Lease& lease, const ProgressFn& progress);
  std::vector<Extraction> extract_all(std::span<const Layer> layers, Lease& lease,
                                      const ProgressFn& progress);
  std::vector<std::string> apply(const Layer& layer, const std::string& directory,
                                 const ProgressFn& progress);
  SnapshotId stack(const Layer& layer, const Extraction& extraction, const SnapshotId& parent, Lease& lease);
  void forget(const spec::Digest& chain);

  BlobStore& blobs_;
  OverlaySnapshotter& snapshots_;
  Guarded<std::map<spec::Digest, Pending>> pending_;
  std::mutex stacking_;
};

}  // namespace rundlet::image_store
