#include "image-store/snapshot_sync.h"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <vector>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/log.h"

namespace rundlet::image_store {
namespace {

// Commits come in bursts (the layers of an image): one syncfs serves them all.
constexpr std::chrono::seconds kBatch{2};

}  // namespace

SnapshotSync::SnapshotSync(std::string directory, db::Database& database)
    : directory_(std::move(directory)),
      database_(database),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

SnapshotSync::~SnapshotSync() {
  thread_.request_stop();
  thread_.join();
}

void SnapshotSync::enable() {
  std::lock_guard lock(mutex_);
  enabled_ = pending_ = true;
  changed_.notify_all();
}

void SnapshotSync::wake() {
  std::lock_guard lock(mutex_);
  pending_ = true;
  changed_.notify_all();
}

void SnapshotSync::sync_now() {
  std::vector<std::string> ids;
  database_.read([&](db::Connection& c) {
    c.query("SELECT id FROM snapshots WHERE committed = 1 AND synced = 0", {},
            [&](const db::Row& row) { ids.push_back(row.text(0)); });
  });
  if (ids.empty()) return;
  Fd directory = open_file(directory_, O_RDONLY | O_DIRECTORY);
  if (::syncfs(directory.get()) < 0) throw_errno("syncfs " + directory_);
  crash_point("snapshot.after_syncfs");
  database_.write([&](db::Connection& c) {
    for (const std::string& id : ids) c.query("UPDATE snapshots SET synced = 1 WHERE id = ?", {id});
  });
}

bool SnapshotSync::wait_for_work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  auto ready = [this] { return enabled_ && pending_; };
  if (changed_.wait(lock, stop, ready)) changed_.wait_for(lock, stop, kBatch, [] { return false; });
  if (!ready()) return false;
  pending_ = false;
  return true;
}

void SnapshotSync::run(const std::stop_token& stop) {
  bool stopping = false;
  while (!stopping) {
    bool work = wait_for_work(stop);
    stopping = stop.stop_requested();
    try {
      if (work) sync_now();
    } catch (const std::exception& e) {  // they stay unsynced; the next commit tries again
      log::error("snapshots could not be put on disk: {}", e.what());
    }
  }
}

}  // namespace rundlet::image_store
