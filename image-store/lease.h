// Leases as rows: (seq, epoch, purpose) and what each one holds.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "base/db/sqlite.h"
#include "base/guarded.h"
#include "image-store/blob_store.h"
#include "image-store/image_store.h"
#include "image-store/overlay_snapshotter.h"

namespace rundlet::image_store {

class Leases {
 public:
  Leases(db::Database& database, OverlaySnapshotter& snapshots, std::string epoch);

  std::unique_ptr<Lease> open(const std::string& purpose);
  // When the oldest open lease was opened; time_point::max() when none is. Inside a write transaction it
  // covers every lease that has a row.
  BlobStore::Clock::time_point oldest() const;
  void drop_other_epochs();

 private:
  class Row;
  void close(int64_t seq, BlobStore::Clock::time_point opened);
  void remove_rows(int64_t seq);
  void forget_time(BlobStore::Clock::time_point opened);
  // Extracted layers that nobody stacked and nobody else wants.
  void drop_unused_extractions();

  db::Database& database_;
  OverlaySnapshotter& snapshots_;
  std::string epoch_;
  Guarded<std::multiset<BlobStore::Clock::time_point>> opened_;
};

}  // namespace rundlet::image_store
