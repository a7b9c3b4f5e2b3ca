// Sees the image's own steps end, and has their layers made beside the steps that follow.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "builder/convert/plan.h"
#include "builder/export/layer_store.h"
#include "builder/solve/runner.h"

namespace rundlet::builder {

class LayerProgress : public solve::Observer {
 public:
  LayerProgress(const convert::Plan& plan, const image_store::Snapshotter& snapshots,
                exporter::LayerWriter& layers, solve::Observer& next)
      : plan_(plan), snapshots_(snapshots), layers_(layers), next_(next), ended_(plan.layers.size()) {}

  void started(const graph::Vertex& vertex) override { next_.started(vertex); }
  void output(const graph::Vertex& vertex, std::string_view text, bool is_stderr) override {
    next_.output(vertex, text, is_stderr);
  }
  void cached(const graph::Vertex& vertex, const solve::Result& result) override {
    next_.cached(vertex, result);
    ended(vertex, result);
  }
  void done(const graph::Vertex& vertex, const solve::Result& result) override {
    next_.done(vertex, result);
    ended(vertex, result);
  }

 private:
  void ended(const graph::Vertex& vertex, const solve::Result& result);
  std::string base_snapshot() const;

  const convert::Plan& plan_;
  const image_store::Snapshotter& snapshots_;
  exporter::LayerWriter& layers_;
  solve::Observer& next_;
  std::mutex mutex_;
  std::vector<std::optional<std::string>> ended_;  // snapshots of plan_.layers
};

}  // namespace rundlet::builder
