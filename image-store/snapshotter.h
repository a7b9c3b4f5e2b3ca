// File system trees: immutable committed ones (extracted layers, build results), stacked by parent, and
// writable active ones on top (containers, running build steps). They are given out as mounts (spec::Mount),
// which whoever runs something in them performs in its own mount namespace: nothing is mounted on the host.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/digest.h"
#include "spec/mount.h"

namespace rundlet::image_store {

// Random, short (overlay's option string is one page). Empty: no parent, the empty tree.
using SnapshotId = std::string;

struct SnapshotInfo {
  SnapshotId id, parent;
  bool committed = false;
  bool synced = false;  // known to be on disk; unsynced ones are dropped after an unclean boot
  std::string label;    // owner: "container/ID", "build/…"
};

class Snapshotter {
 public:
  virtual ~Snapshotter() = default;

  // A writable tree on top of `parent` (committed, or "").
  virtual SnapshotId prepare(const SnapshotId& parent, const std::string& label) = 0;
  // For running in it: one overlay mount (or a bind mount of a single tree) with empty destination. Committed
  // snapshots are given read-only.
  virtual std::vector<spec::Mount> mounts(const SnapshotId& id) const = 0;
  // The directory that holds what this snapshot adds, in overlayfs form (whiteouts as 0/0 devices, opaque
  // xattr).
  virtual std::string own_directory(const SnapshotId& id) const = 0;
  // From the top one (id itself) down to the lowest.
  virtual std::vector<std::string> directories(const SnapshotId& id) const = 0;
  virtual void commit(const SnapshotId& id) = 0;
  // Commits a snapshot that was prepared on the empty tree on top of `parent`: layers of an image can be
  // extracted at the same time, before their parents are there.
  virtual void commit_onto(const SnapshotId& id, const SnapshotId& parent) = 0;
  // Names a committed snapshot after its content; first one wins, returns the id that holds the chain now.
  virtual SnapshotId set_chain(const SnapshotId& id, const spec::Digest& chain) = 0;
  virtual std::optional<SnapshotId> find_chain(const spec::Digest& chain) const = 0;
  // The content name of a committed snapshot, once known.
  virtual std::optional<spec::Digest> chain_of(const SnapshotId& id) const = 0;
  virtual std::optional<SnapshotInfo> info(const SnapshotId& id) const = 0;
  virtual std::vector<SnapshotInfo> list() const = 0;
  // Throws failed_precondition while it has children. A snapshot that is not there is no error.
  virtual void remove(const SnapshotId& id) = 0;
  // Bytes in own_directory.
  virtual int64_t usage(const SnapshotId& id) const = 0;
};

}  // namespace rundlet::image_store
