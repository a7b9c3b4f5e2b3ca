// What an ImageStore is made of.
#pragma once

#include <string>

#include "image-store/image_index.h"
#include "image-store/image_store.h"
#include "image-store/lease.h"
#include "image-store/oci_layout.h"
#include "image-store/overlay_snapshotter.h"
#include "image-store/unpack.h"

namespace rundlet::image_store {

struct ImageStore::State {
  State(const std::string& root, db::Database& db, const std::string& epoch)
      : database(db),
        blobs(root + "/images"),
        snapshots(root, db),
        index(db),
        layout(root + "/images", index),
        leases(db, snapshots, epoch),
        unpacker(blobs, snapshots) {}

  // recover.cc: extracts what was lost once more, or drops it where its layer is gone too.
  void repair_snapshots();
  bool repair(const SnapshotInfo& damaged);
  // The layer that has this snapshot's chain, with its blob in the store.
  std::optional<Layer> layer_of(const SnapshotId& id);
  ImageContent content(const Image& image) const;

  db::Database& database;
  BlobStore blobs;
  OverlaySnapshotter snapshots;
  ImageIndex index;
  OciLayout layout;
  Leases leases;
  Unpacker unpacker;
};

}  // namespace rundlet::image_store
