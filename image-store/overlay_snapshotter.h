// Snapshots as overlayfs layers: ROOT/snapshots/ID/{fs,work}, one row each. The row stands before the
// directories are made and goes before they do, so that recovery can tell what a crash left.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/db/sqlite.h"
#include "image-store/snapshot_sync.h"
#include "image-store/snapshotter.h"

namespace rundlet::image_store {

// Label of snapshots that hold an extracted layer which is not stacked yet; none of them outlives a restart.
inline constexpr char kExtractLabel[] = "extract/";

class OverlaySnapshotter : public Snapshotter {
 public:
  // Uses ROOT/snapshots and ROOT/trash.
  OverlaySnapshotter(const std::string& root, db::Database& database);

  SnapshotId prepare(const SnapshotId& parent, const std::string& label) override;
  std::vector<spec::Mount> mounts(const SnapshotId& id) const override;
  std::string own_directory(const SnapshotId& id) const override;
  std::vector<std::string> directories(const SnapshotId& id) const override;
  void commit(const SnapshotId& id) override;
  void commit_onto(const SnapshotId& id, const SnapshotId& parent) override;
  SnapshotId set_chain(const SnapshotId& id, const spec::Digest& chain) override;
  std::optional<SnapshotId> find_chain(const spec::Digest& chain) const override;
  std::optional<spec::Digest> chain_of(const SnapshotId& id) const override;
  std::optional<SnapshotInfo> info(const SnapshotId& id) const override;
  std::vector<SnapshotInfo> list() const override;
  void remove(const SnapshotId& id) override;
  int64_t usage(const SnapshotId& id) const override;

  // Removes the snapshot if `unused` still says so inside the transaction that takes the row away.
  bool remove_if(const SnapshotId& id, const std::function<bool(db::Connection&)>& unused);

  // Brings rows and directories back in step after a crash: drops active rows whose directories were never
  // made, directories without a row, half-done extractions, the trash. Call once, before the first prepare.
  void recover();
  // Committed snapshots whose content is or may be lost: its directory is gone, a repair was cut short, or
  // the machine went down before it was on disk.
  std::vector<SnapshotInfo> damaged() const;
  // For a repair: an empty own directory in place of what is there. The snapshot counts as damaged until it
  // is done.
  void begin_repair(const SnapshotId& id);
  void end_repair(const SnapshotId& id);
  void drop_with_descendants(const SnapshotId& id);
  // Says that everything damaged() named has been dealt with.
  void remember_boot();
  // Starts putting committed snapshots on disk in the background.
  void start_sync() { sync_.enable(); }

 private:
  std::string path_of(const SnapshotId& id) const { return snapshots_ + "/" + id; }
  SnapshotInfo get(const SnapshotId& id) const;
  std::vector<SnapshotInfo> chain_from(const SnapshotId& id) const;
  SnapshotId insert_row(const SnapshotId& parent, const std::string& label);
  void make_tree(const SnapshotId& id, const SnapshotId& parent) const;
  void finish(const SnapshotId& id, const std::optional<SnapshotId>& parent);
  void discard_directory(const SnapshotId& id);
  void drop_orphan_directories();
  void drop_broken_active();
  bool rebooted() const;
  void set_synced(const SnapshotId& id, int64_t state);
  void empty_trash() const;

  std::string snapshots_, trash_;
  db::Database& database_;
  SnapshotSync sync_;
};

}  // namespace rundlet::image_store
