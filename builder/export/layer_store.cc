#include "builder/export/layer_store.h"

#include "base/codec/compress.h"
#include "base/codec/sha256.h"
#include "base/crash_point.h"
#include "image-store/layer.h"

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

class BlobSink : public codec::Sink {
 public:
  explicit BlobSink(image_store::BlobStore::Writer& writer) : writer_(writer) {}
  void write(std::string_view data) override { writer_.write(data); }

 private:
  image_store::BlobStore::Writer& writer_;
};

class HashingSink : public codec::Sink {
 public:
  explicit HashingSink(codec::Sink& to) : to_(to) {}
  void write(std::string_view data) override {
    hash_.update(data);
    to_.write(data);
  }
  void finish() override { to_.finish(); }
  spec::Digest digest() { return spec::Digest::sha256(hash_.hex()); }

 private:
  codec::Sink& to_;
  codec::Sha256 hash_;
};

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
  auto writer = store_.blobs().begin();
  BlobSink blob(writer);
  auto compressed = codec::compressing_sink(codec::Compression::gzip, blob);
  HashingSink tar(*compressed);
  image_store::diff_layer(store_.snapshots().own_directory(snapshot), tar);
  tar.finish();
  crash_point("build.before_layer_commit");
  Layer layer;
  layer.diff_id = tar.digest();
  layer.blob.media_type = spec::media_type::kOciLayerGzip;
  layer.blob.size = static_cast<int64_t>(writer.offset());
  layer.blob.digest = writer.commit();
  lease_.add_blob(layer.blob.digest);
  crash_point("build.after_layer_commit");
  records_.save(snapshot, layer);
  return layer;
}

}  // namespace rundlet::builder::exporter
