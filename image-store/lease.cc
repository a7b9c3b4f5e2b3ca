#include "image-store/lease.h"

#include "base/crash_point.h"
#include "base/error.h"
#include "base/log.h"

namespace rundlet::image_store {

using Clock = BlobStore::Clock;

class Leases::Row : public Lease {
 public:
  Row(Leases& leases, int64_t seq, Clock::time_point opened) : leases_(leases), seq_(seq), opened_(opened) {}

  ~Row() override {
    try {
      leases_.close(seq_, opened_);
    } catch (const std::exception& e) {  // its row stays until the next start
      log::error("lease {} cannot be closed: {}", seq_, e.what());
    }
  }

  void add_blob(const spec::Digest& digest) override {
    leases_.database_.write([&](db::Connection& c) {
      c.query("INSERT OR IGNORE INTO lease_blobs(lease, digest) VALUES(?, ?)", {seq_, digest.str()});
    });
  }

  void add_snapshot(const SnapshotId& id) override {
    leases_.database_.write([&](db::Connection& c) {
      c.query("INSERT OR IGNORE INTO lease_snapshots(lease, snapshot) VALUES(?, ?)", {seq_, id});
    });
  }

 private:
  Leases& leases_;
  int64_t seq_;
  Clock::time_point opened_;
};

Leases::Leases(db::Database& database, OverlaySnapshotter& snapshots, std::string epoch)
    : database_(database), snapshots_(snapshots), epoch_(std::move(epoch)) {}

std::unique_ptr<Lease> Leases::open(const std::string& purpose) {
  Clock::time_point opened = Clock::now();
  opened_.with([&](auto& times) { times.insert(opened); });
  int64_t seq = 0;
  try {
    database_.write([&](db::Connection& c) {
      c.query("INSERT INTO leases(epoch, purpose) VALUES(?, ?)", {epoch_, purpose});
      seq = c.last_insert_id();
    });
  } catch (const Error&) {
    forget_time(opened);
    throw;
  }
  crash_point("lease.opened");
  return std::make_unique<Row>(*this, seq, opened);
}

void Leases::forget_time(Clock::time_point opened) {
  opened_.with([&](auto& times) { times.erase(times.find(opened)); });
}

Clock::time_point Leases::oldest() const {
  return opened_.with(
      [](const auto& times) { return times.empty() ? Clock::time_point::max() : *times.begin(); });
}

void Leases::remove_rows(int64_t seq) {
  database_.write([&](db::Connection& c) {
    c.query("DELETE FROM lease_blobs WHERE lease = ?", {seq});
    c.query("DELETE FROM lease_snapshots WHERE lease = ?", {seq});
    c.query("DELETE FROM leases WHERE seq = ?", {seq});
  });
}

void Leases::close(int64_t seq, Clock::time_point opened) {
  remove_rows(seq);
  forget_time(opened);
  drop_unused_extractions();
}

void Leases::drop_unused_extractions() {
  std::vector<SnapshotId> unused;
  std::string condition = "committed = 0 AND label GLOB '" + std::string(kExtractLabel) +
                          "*' AND id NOT IN (SELECT snapshot FROM lease_snapshots)"
                          " AND NOT EXISTS (SELECT 1 FROM leases WHERE seq <= lease_seen)";
  auto select = [&](db::Connection& c, const std::string& also,
                    const std::vector<db::Parameter>& parameters) {
    std::vector<SnapshotId> ids;
    c.query("SELECT id FROM snapshots WHERE " + condition + also, parameters,
            [&](const db::Row& row) { ids.push_back(row.text(0)); });
    return ids;
  };
  database_.read([&](db::Connection& c) { unused = select(c, "", {}); });
  for (const SnapshotId& id : unused)
    snapshots_.remove_if(id, [&](db::Connection& c) { return !select(c, " AND id = ?", {id}).empty(); });
}

void Leases::drop_other_epochs() {
  database_.write([&](db::Connection& c) {
    c.query("DELETE FROM leases WHERE epoch != ?", {epoch_});
    c.query("DELETE FROM lease_blobs WHERE lease NOT IN (SELECT seq FROM leases)", {});
    c.query("DELETE FROM lease_snapshots WHERE lease NOT IN (SELECT seq FROM leases)", {});
  });
}

}  // namespace rundlet::image_store
