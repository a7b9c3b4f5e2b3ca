#include "image-store/overlay_snapshotter.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/random.h"
#include "image-store/schema.h"

namespace rundlet::image_store {
namespace {

constexpr char kColumns[] = "id, parent, committed, synced, label";

SnapshotInfo info_of(const db::Row& row) {
  return {row.text(0), row.text(1), row.integer(2) != 0, row.integer(3) == 1, row.text(4)};
}

[[noreturn]] void throw_no_snapshot(const SnapshotId& id) {
  throw_not_found("no such snapshot: " + id);
}

std::optional<SnapshotInfo> read_info(db::Connection& c, const SnapshotId& id) {
  std::optional<SnapshotInfo> found;
  c.query(std::string("SELECT ") + kColumns + " FROM snapshots WHERE id = ?", {id},
          [&](const db::Row& row) { found = info_of(row); });
  return found;
}

void require_committed(db::Connection& c, const SnapshotId& parent) {
  if (parent.empty()) return;
  auto info = read_info(c, parent);
  if (!info) throw_no_snapshot(parent);
  if (!info->committed)
    throw_error(ErrorCode::failed_precondition, "snapshot " + parent + " is not committed");
}

void make_directory(const std::string& path, mode_t mode) {
  if (::mkdir(path.c_str(), mode) < 0) throw_errno("mkdir " + path);
}

// The upper directory's own attributes are those of the mounted root.
void copy_root_attributes(const std::string& from, const std::string& to) {
  struct stat st {};
  if (::stat(from.c_str(), &st) < 0) throw_errno("stat " + from);
  if (::chown(to.c_str(), st.st_uid, st.st_gid) < 0) throw_errno("chown " + to);
  if (::chmod(to.c_str(), st.st_mode & 07777) < 0) throw_errno("chmod " + to);
}

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ":") + part;
  return text;
}

bool has_children(db::Connection& c, const SnapshotId& id) {
  bool found = false;
  c.query("SELECT 1 FROM snapshots WHERE parent = ? LIMIT 1", {id}, [&](const db::Row&) { found = true; });
  return found;
}

}  // namespace

OverlaySnapshotter::OverlaySnapshotter(const std::string& root, db::Database& database)
    : snapshots_(root + "/snapshots"),
      trash_(root + "/trash"),
      database_(database),
      sync_((fs::make_directories(snapshots_, 0700), snapshots_), database) {
  if (root.find_first_of(",:\\") != std::string::npos) {
    throw_invalid("data root " + root + ": overlayfs options cannot carry a path with ',', ':' or '\\'");
  }
  fs::make_directories(trash_, 0700);
  migrate(database_);
}

SnapshotId OverlaySnapshotter::insert_row(const SnapshotId& parent, const std::string& label) {
  for (;;) {
    SnapshotId id = random_hex(4);
    bool inserted = false;
    database_.write([&](db::Connection& c) {
      require_committed(c, parent);
      c.query(
          "INSERT OR IGNORE INTO snapshots(id, parent, label, lease_seen)"
          " SELECT ?, ?, ?, coalesce(max(seq), 0) FROM leases",
          {id, parent, label});
      inserted = c.changes() == 1;
    });
    if (inserted) return id;
  }
}

void OverlaySnapshotter::make_tree(const SnapshotId& id, const SnapshotId& parent) const {
  make_directory(path_of(id), 0700);
  make_directory(path_of(id) + "/fs", 0755);
  make_directory(path_of(id) + "/work", 0700);
  std::string own = path_of(id) + "/fs";
  if (!parent.empty()) copy_root_attributes(path_of(parent) + "/fs", own);
  if (parent.empty() && ::chmod(own.c_str(), 0755) < 0) throw_errno("chmod " + own);
}

SnapshotId OverlaySnapshotter::prepare(const SnapshotId& parent, const std::string& label) {
  SnapshotId id = insert_row(parent, label);
  crash_point("snapshot.after_intent");
  try {
    make_tree(id, parent);
  } catch (const Error&) {
    remove(id);
    throw;
  }
  crash_point("snapshot.after_mkdir");
  return id;
}

std::vector<spec::Mount> OverlaySnapshotter::mounts(const SnapshotId& id) const {
  bool writable = !get(id).committed;
  std::vector<std::string> lower = directories(id);
  std::string mode = writable ? "rw" : "ro";
  if (lower.size() == 1) return {{"", "bind", lower.front(), {"rbind", mode}}};
  std::vector<std::string> options{mode, "index=off", "metacopy=off", "redirect_dir=off"};
  if (writable) {
    lower.erase(lower.begin());
    options.push_back("upperdir=" + own_directory(id));
    options.push_back("workdir=" + path_of(id) + "/work");
  }
  options.push_back("lowerdir=" + join(lower));
  return {{"", "overlay", "overlay", options}};
}

std::string OverlaySnapshotter::own_directory(const SnapshotId& id) const {
  return path_of(id) + "/fs";
}

std::vector<SnapshotInfo> OverlaySnapshotter::chain_from(const SnapshotId& id) const {
  std::vector<SnapshotInfo> chain;
  database_.read([&](db::Connection& c) {
    for (SnapshotId at = id; !at.empty(); at = chain.back().parent) {
      auto info = read_info(c, at);
      if (!info) throw_no_snapshot(at);
      chain.push_back(*info);
    }
  });
  return chain;
}

std::vector<std::string> OverlaySnapshotter::directories(const SnapshotId& id) const {
  std::vector<std::string> paths;
  for (const SnapshotInfo& info : chain_from(id)) paths.push_back(own_directory(info.id));
  return paths;
}

void OverlaySnapshotter::finish(const SnapshotId& id, const std::optional<SnapshotId>& parent) {
  // The work directory has served. It goes before the row says committed, so that no crash leaves one behind.
  fs::remove_tree(path_of(id) + "/work");
  crash_point("snapshot.before_commit");
  database_.write([&](db::Connection& c) {
    auto info = read_info(c, id);
    if (!info) throw_no_snapshot(id);
    if (info->committed)
      throw_error(ErrorCode::failed_precondition, "snapshot " + id + " is committed already");
    if (parent && !info->parent.empty())
      throw_error(ErrorCode::failed_precondition, "snapshot " + id + " has a parent already");
    if (parent) require_committed(c, *parent);
    c.query(
        "UPDATE snapshots SET committed = 1, parent = ?,"
        " lease_seen = (SELECT coalesce(max(seq), 0) FROM leases) WHERE id = ?",
        {parent.value_or(info->parent), id});
  });
  crash_point("snapshot.after_commit");
  sync_.wake();
}

void OverlaySnapshotter::commit(const SnapshotId& id) {
  finish(id, std::nullopt);
}

void OverlaySnapshotter::commit_onto(const SnapshotId& id, const SnapshotId& parent) {
  finish(id, parent);
}

SnapshotId OverlaySnapshotter::set_chain(const SnapshotId& id, const spec::Digest& chain) {
  SnapshotId holder;
  database_.write([&](db::Connection& c) {
    require_committed(c, id);
    c.query("SELECT id FROM snapshots WHERE chain = ?", {chain.str()},
            [&](const db::Row& row) { holder = row.text(0); });
    if (!holder.empty()) return;
    c.query("UPDATE snapshots SET chain = ? WHERE id = ?", {chain.str(), id});
    holder = id;
  });
  return holder;
}

std::optional<SnapshotId> OverlaySnapshotter::find_chain(const spec::Digest& chain) const {
  std::optional<SnapshotId> found;
  database_.read([&](db::Connection& c) {
    c.query("SELECT id FROM snapshots WHERE chain = ?", {chain.str()},
            [&](const db::Row& row) { found = row.text(0); });
  });
  return found;
}

std::optional<spec::Digest> OverlaySnapshotter::chain_of(const SnapshotId& id) const {
  std::optional<spec::Digest> found;
  database_.read([&](db::Connection& c) {
    c.query("SELECT chain FROM snapshots WHERE id = ? AND chain IS NOT NULL", {id},
            [&](const db::Row& row) { found = spec::Digest::parse(row.text(0)); });
  });
  return found;
}

std::optional<SnapshotInfo> OverlaySnapshotter::info(const SnapshotId& id) const {
  std::optional<SnapshotInfo> found;
  database_.read([&](db::Connection& c) { found = read_info(c, id); });
  return found;
}

SnapshotInfo OverlaySnapshotter::get(const SnapshotId& id) const {
  auto found = info(id);
  if (!found) throw_no_snapshot(id);
  return *found;
}

std::vector<SnapshotInfo> OverlaySnapshotter::list() const {
  std::vector<SnapshotInfo> all;
  database_.read([&](db::Connection& c) {
    c.query(std::string("SELECT ") + kColumns + " FROM snapshots ORDER BY id", {},
            [&](const db::Row& row) { all.push_back(info_of(row)); });
  });
  return all;
}

bool OverlaySnapshotter::remove_if(const SnapshotId& id, const std::function<bool(db::Connection&)>& unused) {
  bool removed = false;
  database_.write([&](db::Connection& c) {
    if (has_children(c, id) || !unused(c)) return;
    c.query("DELETE FROM snapshots WHERE id = ?", {id});
    c.query("DELETE FROM lease_snapshots WHERE snapshot = ?", {id});
    removed = true;
  });
  if (!removed) return false;
  crash_point("snapshot.row_removed");
  discard_directory(id);
  return true;
}

void OverlaySnapshotter::remove(const SnapshotId& id) {
  if (!remove_if(id, [](db::Connection&) { return true; }))
    throw_error(ErrorCode::failed_precondition, "snapshot " + id + " has children");
}

int64_t OverlaySnapshotter::usage(const SnapshotId& id) const {
  bool committed = get(id).committed;
  std::optional<int64_t> known;
  database_.read([&](db::Connection& c) {
    c.query("SELECT bytes FROM snapshots WHERE id = ? AND bytes IS NOT NULL", {id},
            [&](const db::Row& row) { known = row.integer(0); });
  });
  if (committed && known) return *known;
  int64_t bytes = fs::tree_size(own_directory(id));
  if (committed) {
    database_.write([&](db::Connection& c) {
      c.query("UPDATE snapshots SET bytes = ? WHERE id = ?", {bytes, id});
    });
  }
  return bytes;
}

}  // namespace rundlet::image_store
