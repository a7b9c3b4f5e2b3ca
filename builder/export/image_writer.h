// The built image: layers, configuration with its history, manifest, names.
#pragma once

#include <string>
#include <vector>

#include "base/db/sqlite.h"
#include "builder/convert/plan.h"
#include "builder/export/layer_store.h"
#include "builder/solve/result.h"
#include "image-store/image_store.h"

namespace rundlet::builder::exporter {

// When images that differ in nothing but their times were first built: a wholly cached build gives the same
// image id.
class ImageTimes {
 public:
  explicit ImageTimes(db::Database& database);
  // The time kept under the key; `fallback` is kept when there is none, or when `replace`.
  TimePoint first(const std::string& key, TimePoint fallback, bool replace);
  void clear();

 private:
  db::Database& database_;
};

struct ImageRequest {
  const convert::Plan& plan;
  const std::vector<solve::Result>& results;  // of plan.layers
  const std::vector<std::string>& tags;       // canonical names
  bool fresh = false;                         // --no-cache: new times
};

image_store::Image write_image(image_store::ImageStore& store, LayerWriter& layers, ImageTimes& times,
                               image_store::Lease& lease, const ImageRequest& request);

}  // namespace rundlet::builder::exporter
