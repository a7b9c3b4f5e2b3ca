// The part of OverlaySnapshotter that puts rows and directories back in step.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <set>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/fs/remove_tree.h"
#include "base/log.h"
#include "base/proc/pidfd.h"
#include "base/random.h"
#include "image-store/directory_names.h"
#include "image-store/overlay_snapshotter.h"

namespace rundlet::image_store {
namespace {

constexpr char kBootKey[] = "snapshots.boot_id";
// Values of the column "synced", besides 1.
constexpr int64_t kUnsynced = 0;
constexpr int64_t kUnderRepair = -1;

bool is_directory(const std::string& path) {
  struct stat st {};
  if (::lstat(path.c_str(), &st) == 0) return S_ISDIR(st.st_mode);
  if (errno != ENOENT) throw_errno("stat " + path);
  return false;
}

void make_directory(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) < 0) throw_errno("mkdir " + path);
  if (::chmod(path.c_str(), mode) < 0) throw_errno("chmod " + path);
}

}  // namespace

void OverlaySnapshotter::discard_directory(const SnapshotId& id) {
  std::string trash = trash_ + "/snapshot-" + id + "-" + random_hex(4);
  if (::rename(path_of(id).c_str(), trash.c_str()) < 0) {
    if (errno == ENOENT) return;
    throw_errno("remove snapshot " + id);
  }
  crash_point("snapshot.in_trash");
  fs::remove_tree(trash);
}

void OverlaySnapshotter::empty_trash() const {
  for (const std::string& name : names_in_directory(trash_)) {
    try {
      fs::remove_tree(trash_ + "/" + name);
    } catch (const Error& e) {  // something is mounted in it: it waits for the next start
      log::warn("trash {} cannot be removed: {}", name, e.message());
    }
  }
}

void OverlaySnapshotter::drop_with_descendants(const SnapshotId& id) {
  std::vector<SnapshotId> children;
  for (const SnapshotInfo& info : list())
    if (info.parent == id) children.push_back(info.id);
  for (const SnapshotId& child : children) drop_with_descendants(child);
  remove(id);
}

void OverlaySnapshotter::drop_broken_active() {
  for (const SnapshotInfo& row : list()) {
    if (row.committed) continue;
    bool half_extracted = row.label.starts_with(kExtractLabel);
    bool whole = is_directory(own_directory(row.id)) && is_directory(path_of(row.id) + "/work");
    if (whole && !half_extracted) continue;
    if (!half_extracted) log::warn("snapshot {} ({}) is incomplete and is dropped", row.id, row.label);
    remove(row.id);
  }
}

void OverlaySnapshotter::drop_orphan_directories() {
  for (const std::string& name : names_in_directory(snapshots_))
    if (!info(name)) discard_directory(name);
}

void OverlaySnapshotter::recover() {
  drop_broken_active();
  drop_orphan_directories();
  empty_trash();
}

bool OverlaySnapshotter::rebooted() const {
  std::string last_boot;
  database_.read([&](db::Connection& c) {
    c.query("SELECT value FROM store_state WHERE key = ?", {std::string(kBootKey)},
            [&](const db::Row& row) { last_boot = row.text(0); });
  });
  return !last_boot.empty() && last_boot != proc::boot_id();
}

std::vector<SnapshotInfo> OverlaySnapshotter::damaged() const {
  // A clean stop syncs everything: what is unsynced after a reboot was written shortly before a power cut.
  std::string suspect = rebooted() ? "synced <= 0" : "synced < 0";
  std::set<SnapshotId> suspects;
  database_.read([&](db::Connection& c) {
    c.query("SELECT id FROM snapshots WHERE committed = 1 AND " + suspect, {},
            [&](const db::Row& row) { suspects.insert(row.text(0)); });
  });
  std::vector<SnapshotInfo> found;
  for (const SnapshotInfo& info : list())
    if (info.committed && (suspects.contains(info.id) || !is_directory(own_directory(info.id))))
      found.push_back(info);
  return found;
}

void OverlaySnapshotter::remember_boot() {
  database_.write([](db::Connection& c) {
    c.query("INSERT OR REPLACE INTO store_state(key, value) VALUES(?, ?)",
            {std::string(kBootKey), proc::boot_id()});
  });
}

void OverlaySnapshotter::set_synced(const SnapshotId& id, int64_t state) {
  database_.write([&](db::Connection& c) {
    c.query("UPDATE snapshots SET synced = ? WHERE id = ?", {state, id});
  });
}

void OverlaySnapshotter::begin_repair(const SnapshotId& id) {
  set_synced(id, kUnderRepair);
  discard_directory(id);
  make_directory(path_of(id), 0700);
  make_directory(own_directory(id), 0755);
  crash_point("repair.begun");
}

void OverlaySnapshotter::end_repair(const SnapshotId& id) {
  crash_point("repair.extracted");
  set_synced(id, kUnsynced);
  sync_.wake();
}

}  // namespace rundlet::image_store
