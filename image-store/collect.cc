// ImageStore::collect: garbage collection. Marks from one read transaction; then takes each candidate away
// inside a write transaction that looks once more whether anybody holds it by now. Leases are opened and
// extended by write transactions too, so whoever added a lease before it looked keeps what it found.
#include <algorithm>
#include <map>
#include <set>

#include "base/crash_point.h"
#include "base/fs/remove_tree.h"
#include "image-store/store_state.h"

namespace rundlet::image_store {
namespace {

// An interrupted pull can go on for so long.
constexpr std::chrono::hours kKeepIngests{24};

// Snapshots that somebody holds directly. Active ones belong to whoever prepared them, except half-extracted
// layers.
constexpr char kHeld[] = R"sql(
  SELECT id FROM snapshots WHERE (committed = 0 AND label NOT GLOB 'extract/*') OR label GLOB 'container/*'
  UNION SELECT s.id FROM snapshots s JOIN image_chains i ON i.chain = s.chain
  UNION SELECT snapshot FROM lease_snapshots
  UNION SELECT id FROM snapshots WHERE lease_seen >= (SELECT min(seq) FROM leases)
)sql";

struct Marked {
  std::map<SnapshotId, SnapshotId> parents;  // of all snapshots
  std::set<SnapshotId> kept_snapshots;
  std::set<std::string> kept_blobs;
};

std::set<std::string> select_set(db::Connection& c, const std::string& sql) {
  std::set<std::string> values;
  c.query(sql, {}, [&](const db::Row& row) { values.insert(row.text(0)); });
  return values;
}

void keep_with_ancestors(Marked& marked, SnapshotId id) {
  for (; !id.empty(); id = marked.parents[id]) marked.kept_snapshots.insert(id);
}

Marked mark(db::Database& database) {
  Marked marked;
  std::set<SnapshotId> held;
  database.read([&](db::Connection& c) {
    c.query("SELECT id, parent FROM snapshots", {},
            [&](const db::Row& row) { marked.parents[row.text(0)] = row.text(1); });
    held = select_set(c, kHeld);
    marked.kept_blobs = select_set(c, "SELECT digest FROM image_blobs UNION SELECT digest FROM lease_blobs");
  });
  for (const SnapshotId& id : held) keep_with_ancestors(marked, id);
  return marked;
}

bool any_row(db::Connection& c, const std::string& sql, const std::string& parameter) {
  bool found = false;
  c.query(sql, {parameter}, [&](const db::Row&) { found = true; });
  return found;
}

bool snapshot_is_held(db::Connection& c, const SnapshotId& id) {
  return any_row(c, std::string("SELECT 1 FROM (") + kHeld + ") WHERE id = ? LIMIT 1", id);
}

bool blob_is_held(db::Connection& c, const std::string& digest) {
  return any_row(c, "SELECT 1 FROM image_blobs WHERE digest = ? LIMIT 1", digest) ||
         any_row(c, "SELECT 1 FROM lease_blobs WHERE digest = ? LIMIT 1", digest);
}

// Children first, since a parent cannot go before them.
std::vector<SnapshotId> unkept_snapshots(const Marked& marked) {
  std::vector<std::pair<size_t, SnapshotId>> by_depth;
  for (const auto& [id, parent] : marked.parents) {
    if (marked.kept_snapshots.contains(id)) continue;
    size_t depth = 0;
    for (auto at = marked.parents.find(parent); at != marked.parents.end();
         at = marked.parents.find(at->second))
      ++depth;
    by_depth.emplace_back(depth, id);
  }
  std::ranges::sort(by_depth, std::greater<>());
  std::vector<SnapshotId> ids;
  for (auto& [depth, id] : by_depth) ids.push_back(std::move(id));
  return ids;
}

void sweep_snapshots(OverlaySnapshotter& snapshots, const Marked& marked, ImageStore::Collected& collected) {
  for (const SnapshotId& id : unkept_snapshots(marked)) {
    if (!snapshots.info(id)) continue;
    int64_t bytes = fs::tree_size(snapshots.own_directory(id));
    if (!snapshots.remove_if(id, [&](db::Connection& c) { return !snapshot_is_held(c, id); })) continue;
    ++collected.snapshots;
    collected.bytes += bytes;
  }
}

void sweep_blob(ImageStore::Collected& collected, BlobStore& blobs, const Leases& leases,
                db::Database& database, const spec::Digest& digest) {
  int64_t bytes = static_cast<int64_t>(blobs.size(digest).value_or(0));
  bool removed = false;
  database.write([&](db::Connection& c) {
    removed = !blob_is_held(c, digest.str()) && blobs.trash_unless_committed_since(digest, leases.oldest());
  });
  if (!removed) return;
  crash_point("collect.blob_in_trash");
  ++collected.blobs;
  collected.bytes += bytes;
}

}  // namespace

ImageStore::Collected ImageStore::collect(const std::function<std::vector<SnapshotId>()>& roots) {
  Collected collected;
  Marked marked = mark(state_->database);
  // Asked after the mark: a holder whose lease ended before it had by then written its row.
  if (roots)
    for (const SnapshotId& id : roots()) keep_with_ancestors(marked, id);
  crash_point("collect.marked");
  sweep_snapshots(state_->snapshots, marked, collected);
  for (const spec::Digest& digest : state_->blobs.list())
    if (!marked.kept_blobs.contains(digest.str()))
      sweep_blob(collected, state_->blobs, state_->leases, state_->database, digest);
  state_->blobs.empty_trash();
  state_->blobs.drop_stale_ingests(kKeepIngests);
  return collected;
}

}  // namespace rundlet::image_store
