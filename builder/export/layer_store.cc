#include "builder/export/layer_store.h"

#include "base/crash_point.h"
#include "image-store/layer_blob.h"

namespace rundlet::builder::exporter {
namespace {

const std::vector<std::string>& migrations() {
  // A layer's row ends with the last cache row of its snapshot: after that the snapshot may be collected, and
  // its id given to another one.
  static const std::vector<std::string> scripts = {R"(
    CREATE TABLE build_layer (
      snapshot TEXT PRIMARY KEY,
      diff_id TEXT NOT NULL,
      media_type TEXT NOT NULL,
      digest TEXT NOT NULL,
      size INTEGER NOT NULL);
    CREATE INDEX build_result_snapshot ON build_result (snapshot);
    CREATE TRIGGER build_layer_end AFTER DELETE ON build_result
    WHEN NOT EXISTS (SELECT 1 FROM build_result WHERE snapshot = OLD.snapshot)
    BEGIN
      DELETE FROM build_layer WHERE snapshot = OLD.snapshot;
    END;
  )"};
  return scripts;
}

}  // namespace

LayerRecords::LayerRecords(db::Database& database) : database_(database) {
  database_.migrate("build_layer", migrations());
}

std::optional<Layer> LayerRecords::find(const std::string& snapshot) const {
  std::optional<Layer> found;
  database_.read([&](db::Connection& connection) {
    connection.query("SELECT diff_id, media_type, digest, size FROM build_layer WHERE snapshot = ?",
                     {snapshot}, [&](const db::Row& row) {
                       found.emplace();
                       found->diff_id = spec::Digest::parse(row.text(0));
                       found->blob.media_type = row.text(1);
                       found->blob.digest = spec::Digest::parse(row.text(2));
                       found->blob.size = row.integer(3);
                     });
  });
  return found;
}

void LayerRecords::save(const std::string& snapshot, const Layer& layer) {
  database_.write([&](db::Connection& connection) {
    connection.query(
        "INSERT OR REPLACE INTO build_layer (snapshot, diff_id, media_type, digest, size) "
        "SELECT ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM build_result WHERE snapshot = ?)",
        {snapshot, layer.diff_id.str(), layer.blob.media_type, layer.blob.digest.str(), layer.blob.size,
         snapshot});
  });
}

void LayerRecords::clear() {
  database_.write([](db::Connection& connection) { connection.query("DELETE FROM build_layer", {}); });
}

LayerWriter::LayerWriter(image_store::ImageStore& store, LayerRecords& records, image_store::Lease& lease)
    : store_(store), records_(records), lease_(lease), pool_(2) {}

void LayerWriter::begin(const std::string& snapshot) {
  future_of(snapshot);
}

Layer LayerWriter::get(const std::string& snapshot) {
  return future_of(snapshot).get();
}

std::shared_future<Layer> LayerWriter::future_of(const std::string& snapshot) {
  std::lock_guard lock(mutex_);
  auto known = layers_.find(snapshot);
  if (known != layers_.end()) return known->second;
  auto future = pool_.submit([this, snapshot] { return make(snapshot); }).share();
  return layers_.emplace(snapshot, future).first->second;
}

Layer LayerWriter::make(const std::string& snapshot) {
  if (auto known = records_.find(snapshot)) {
    lease_.add_blob(known->blob.digest);
    if (store_.blobs().contains(known->blob.digest)) return *known;
  }
  crash_point("build.before_layer");
  auto stored = image_store::store_layer(store_.blobs(), store_.snapshots().own_directory(snapshot));
  Layer layer{stored.diff_id, stored.descriptor};
  lease_.add_blob(layer.blob.digest);
  crash_point("build.after_layer");
  records_.save(snapshot, layer);
  return layer;
}

}  // namespace rundlet::builder::exporter
