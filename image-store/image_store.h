// The store as its users hold it: blobs, names, snapshots and leases together.
//
// An image's id is the digest of its config blob, as in docker. An image row names a manifest; several names
// may point to one image; an image without a name is dangling.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/db/sqlite.h"
#include "image-store/blob_store.h"
#include "image-store/snapshotter.h"
#include "spec/docker_api/image.h"
#include "spec/oci_image.h"
#include "spec/reference.h"

namespace rundlet::image_store {

using ProgressFn = std::function<void(const spec::docker_api::ProgressMessage&)>;

struct Image {
  spec::Digest id;                 // config digest
  spec::Descriptor manifest;       // in this store
  std::vector<std::string> names;  // canonical, "docker.io/library/debian:12"
  std::vector<std::string>
      digests;      // canonical "docker.io/library/debian@sha256:…" (of what the registry named)
  TimePoint added;  // LastTagTime
};

struct ImageContent {
  spec::Manifest manifest;
  spec::ImageConfig config;
};

// Protects from garbage collection what is added while it lives. Take one before the first exists-check of an
// operation. Covers every blob committed and every snapshot prepared or committed after it was opened; add_…
// is for those that were there before: add, then check that it (still) exists. A crash leaves its row behind:
// rows of earlier daemon epochs die at start.
class Lease {
 public:
  virtual ~Lease() = default;
  virtual void add_blob(const spec::Digest& digest) = 0;
  virtual void add_snapshot(const SnapshotId& id) = 0;
};

class ImageStore {
 public:
  // Lays out ROOT/images (OCI layout), ROOT/snapshots, ROOT/trash. `epoch` is unique to this daemon start.
  ImageStore(const std::string& root, db::Database& database, const std::string& epoch);
  ~ImageStore();

  BlobStore& blobs();
  Snapshotter& snapshots();
  std::unique_ptr<Lease> lease(const std::string& purpose);

  // Finishes or rolls back what an earlier epoch left (half-written ingests, trash, unsynced snapshots after
  // an unclean boot, old leases), rewrites index.json. Call once at start.
  void recover();

  // "debian", "repo:tag", "repo@sha256:…", "sha256:…", or a unique prefix of an id. nullopt when there is
  // none; throws invalid_argument for an ambiguous prefix or a malformed reference.
  std::optional<Image> find(const std::string& name_or_id) const;
  // As find, but throws docker's "No such image: NAME".
  Image get(const std::string& name_or_id) const;
  std::vector<Image> list() const;
  ImageContent content(const Image& image) const;

  // Adds the image (manifest blob and everything it names must be there) without a name; returns it.
  Image add(const spec::Descriptor& manifest);
  // Points a canonical name at the image, taking it from another one if need be.
  void tag(const spec::Digest& image_id, const std::string& canonical_name);
  void add_digest(const spec::Digest& image_id, const std::string& canonical_digest_name);
  void untag(const std::string& canonical_name);
  // Drops the image and all its names; blobs and snapshots go at the next collect.
  void remove(const spec::Digest& image_id);

  // The topmost committed snapshot of the image, extracting what is missing (layers of different images share
  // snapshots by chain id). "" for an image without layers.
  // Layers are extracted in parallel. Progress: "Extracting" with the bytes read, then "Pull complete", for
  // each layer that was missing.
  SnapshotId unpack(const Image& image, Lease& lease, const ProgressFn& progress = {});
  // For a pull: extracts one layer as soon as its blob is there, before the image is added and whether or not
  // its lower layers are there yet; unpack() then only stacks. What no unpack() takes up goes with the lease.
  // Thread-safe.
  void extract_layer(const spec::ImageConfig& config, size_t index, const spec::Descriptor& layer,
                     Lease& lease, const ProgressFn& progress = {});

  // Mark and sweep: keeps what images, leases, snapshots in use (label rows of containers and build cache)
  // reach. `roots` gives snapshot ids that others hold (containers, build cache).
  struct Collected {
    uint64_t blobs = 0, snapshots = 0;
    int64_t bytes = 0;
  };
  Collected collect(const std::function<std::vector<SnapshotId>()>& roots);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rundlet::image_store
