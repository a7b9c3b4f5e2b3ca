// Snapshots as layers: each is diffed and compressed once, in the background beside later steps; what is
// known is kept.
#pragma once

#include <future>
#include <map>
#include <mutex>
#include <string>

#include "base/db/sqlite.h"
#include "base/thread_pool.h"
#include "image-store/image_store.h"
#include "spec/oci_image.h"

namespace rundlet::builder::exporter {

struct Layer {
  spec::Digest diff_id;
  spec::Descriptor blob;
};

// Rows: snapshot → diff id and blob. A row whose blob is gone counts as absent; the diff gives the same bytes
// again.
class LayerRecords {
 public:
  explicit LayerRecords(db::Database& database);
  std::optional<Layer> find(const std::string& snapshot) const;
  void save(const std::string& snapshot, const Layer& layer);
  void clear();

 private:
  db::Database& database_;
};

class LayerWriter {
 public:
  LayerWriter(image_store::ImageStore& store, LayerRecords& records, image_store::Lease& lease);
  // Begins to make the snapshot's layer, unless that has been done.
  void begin(const std::string& snapshot);
  // The layer; begins if need be, and waits.
  Layer get(const std::string& snapshot);

 private:
  std::shared_future<Layer> future_of(const std::string& snapshot);
  Layer make(const std::string& snapshot);

  image_store::ImageStore& store_;
  LayerRecords& records_;
  image_store::Lease& lease_;
  std::mutex mutex_;
  std::map<std::string, std::shared_future<Layer>> layers_;
  ThreadPool pool_;  // last: its threads use all of the above
};

}  // namespace rundlet::builder::exporter
