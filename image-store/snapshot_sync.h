// Puts committed snapshots on disk behind the users' backs: one syncfs for all that were committed since the
// last one.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "base/db/sqlite.h"

namespace rundlet::image_store {

class SnapshotSync {
 public:
  SnapshotSync(std::string directory, db::Database& database);
  // Finishes what is pending, if it was enabled.
  ~SnapshotSync();
  // From now on what is committed gets synced. Not before recovery is through: it must see what was unsynced.
  void enable();
  // Something was committed.
  void wake();

 private:
  void sync_now();
  void run(const std::stop_token& stop);
  // Whether there is something to sync.
  bool wait_for_work(const std::stop_token& stop);

  std::string directory_;
  db::Database& database_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool enabled_ = false, pending_ = false;
  std::jthread thread_;  // last: it uses the members above
};

}  // namespace rundlet::image_store
