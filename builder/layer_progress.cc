#include "builder/layer_progress.h"

namespace rundlet::builder {

std::string LayerProgress::base_snapshot() const {
  if (!plan_.base || plan_.base->chain.empty()) return "";
  return snapshots_.find_chain(plan_.base->chain).value_or("");
}

// A step that changed nothing has the snapshot of the one before it, and makes no layer.
void LayerProgress::ended(const graph::Vertex& vertex, const solve::Result& result) {
  std::lock_guard lock(mutex_);
  for (size_t i = 0; i < plan_.layers.size(); ++i) {
    if (plan_.layers[i].get() != &vertex) continue;
    ended_[i] = result.snapshot;
    auto below = i == 0 ? std::optional(base_snapshot()) : ended_[i - 1];
    if (below && *below != result.snapshot && !result.snapshot.empty()) layers_.begin(result.snapshot);
    return;
  }
}

}  // namespace rundlet::builder
