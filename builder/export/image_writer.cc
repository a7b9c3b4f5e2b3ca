#include "builder/export/image_writer.h"

#include <map>

#include "base/codec/sha256.h"
#include "base/crash_point.h"
#include "base/error.h"

namespace rundlet::builder::exporter {
namespace {

const std::vector<std::string>& migrations() {
  static const std::vector<std::string> scripts = {
      "CREATE TABLE build_image_time (key TEXT PRIMARY KEY, created INTEGER NOT NULL);"};
  return scripts;
}

// The layers that the steps added, in order, and what each step came to.
struct Stack {
  std::vector<Layer> layers;
  std::vector<std::string> snapshots;  // of `layers`
  bool on_base = true;                 // the lowest one lies on the base image's snapshot
  std::map<const graph::Vertex*, const solve::Result*> added;  // steps that made a layer
  std::map<const graph::Vertex*, const solve::Result*> all;
};

// The top snapshot says what lies below it. Cached steps may come from different runs of their inputs, equal
// in key but not the same snapshots; image and containers are to see one stack.
void follow_parents(image_store::ImageStore& store, Stack& stack, const std::string& base_snapshot) {
  std::string at = stack.snapshots.empty() ? base_snapshot : stack.snapshots.back();
  for (auto snapshot = stack.snapshots.rbegin(); snapshot != stack.snapshots.rend(); ++snapshot) {
    *snapshot = at;
    auto info = store.snapshots().info(at);
    if (!info) throw_error(ErrorCode::internal, "snapshot " + at + " of the build is gone");
    at = info->parent;
  }
  stack.on_base = at == base_snapshot;
}

// A step that changed nothing has the snapshot of the one before it.
Stack collect(image_store::ImageStore& store, const ImageRequest& request, LayerWriter& writer,
              const std::string& base_snapshot) {
  Stack stack;
  std::string below = base_snapshot;
  for (size_t i = 0; i < request.plan.layers.size(); ++i) {
    const graph::Vertex* vertex = request.plan.layers[i].get();
    const solve::Result& result = request.results.at(i);
    stack.all[vertex] = &result;
    if (result.snapshot == below || result.snapshot.empty()) continue;
    below = result.snapshot;
    stack.added[vertex] = &result;
    stack.snapshots.push_back(below);
    writer.begin(below);
  }
  follow_parents(store, stack, base_snapshot);
  for (const std::string& snapshot : stack.snapshots) stack.layers.push_back(writer.get(snapshot));
  return stack;
}

spec::ImageConfig config_of(const convert::Plan& plan, const Stack& stack) {
  spec::ImageConfig config = plan.config;
  if (plan.base) {
    config.diff_ids = plan.base->config.diff_ids;
    config.history = plan.base->config.history;
  }
  for (const Layer& layer : stack.layers) config.diff_ids.push_back(layer.diff_id);
  for (const convert::HistoryEntry& entry : plan.history) {
    spec::History item;
    item.created_by = entry.created_by;
    item.empty_layer = !stack.added.contains(entry.vertex.get());
    config.history.push_back(std::move(item));
  }
  return config;
}

// Layers are as old as their steps, the rest as old as the image.
void set_times(spec::ImageConfig& config, const convert::Plan& plan, const Stack& stack, TimePoint created) {
  size_t first = config.history.size() - plan.history.size();
  for (size_t i = 0; i < plan.history.size(); ++i) {
    auto step = stack.all.find(plan.history[i].vertex.get());
    config.history[first + i].created = step == stack.all.end() ? created : step->second->created;
  }
  config.created = created;
}

spec::Descriptor put(image_store::ImageStore& store, image_store::Lease& lease, const char* media_type,
                     const std::string& content) {
  spec::Descriptor descriptor;
  descriptor.media_type = media_type;
  descriptor.digest = spec::Digest::sha256(codec::sha256_hex(content));
  descriptor.size = static_cast<int64_t>(content.size());
  lease.add_blob(descriptor.digest);
  store.blobs().put(content);
  return descriptor;
}

// An OCI manifest names OCI types; docker's layers are the same bytes.
spec::Descriptor as_oci_layer(spec::Descriptor layer) {
  if (layer.media_type == spec::media_type::kDockerLayerGzip)
    layer.media_type = spec::media_type::kOciLayerGzip;
  return layer;
}

spec::Manifest manifest_of(const convert::Plan& plan, const Stack& stack) {
  spec::Manifest manifest;
  manifest.media_type = spec::media_type::kOciManifest;
  if (plan.base) {
    for (const spec::Descriptor& layer : plan.base->layers) manifest.layers.push_back(as_oci_layer(layer));
  }
  for (const Layer& layer : stack.layers) manifest.layers.push_back(layer.blob);
  return manifest;
}

// Containers of the image, and images on top of it, use the build's snapshots instead of extracting the
// layers.
void name_snapshots(image_store::ImageStore& store, const spec::ImageConfig& config, const Stack& stack) {
  auto chains = spec::chain_ids(config.diff_ids, codec::sha256_hex);
  size_t first = chains.size() - stack.snapshots.size();
  for (size_t i = 0; i < stack.snapshots.size(); ++i) {
    store.snapshots().set_chain(stack.snapshots[i], chains[first + i]);
  }
}

}  // namespace

ImageTimes::ImageTimes(db::Database& database) : database_(database) {
  database_.migrate("build_image_time", migrations());
}

TimePoint ImageTimes::first(const std::string& key, TimePoint fallback, bool replace) {
  TimePoint result = fallback;
  database_.write([&](db::Connection& connection) {
    std::string conflict = replace ? "REPLACE" : "IGNORE";
    connection.query("INSERT OR " + conflict + " INTO build_image_time (key, created) VALUES (?, ?)",
                     {key, unix_nanos(fallback)});
    connection.query("SELECT created FROM build_image_time WHERE key = ?", {key},
                     [&](const db::Row& row) { result = from_unix_nanos(row.integer(0)); });
  });
  return result;
}

void ImageTimes::clear() {
  database_.write([](db::Connection& connection) { connection.query("DELETE FROM build_image_time", {}); });
}

image_store::Image write_image(image_store::ImageStore& store, LayerWriter& writer, ImageTimes& times,
                               image_store::Lease& lease, const ImageRequest& request) {
  const convert::Plan& plan = request.plan;
  std::string base_snapshot;
  if (plan.base && !plan.base->chain.empty())
    base_snapshot = store.snapshots().find_chain(plan.base->chain).value_or("");
  Stack stack = collect(store, request, writer, base_snapshot);
  spec::ImageConfig config = config_of(plan, stack);
  std::string key = codec::sha256_hex(spec::to_json(config));
  set_times(config, plan, stack, times.first(key, now(), request.fresh));

  spec::Manifest manifest = manifest_of(plan, stack);
  manifest.config = put(store, lease, spec::media_type::kOciConfig, spec::to_json(config));
  crash_point("build.after_config");
  spec::Descriptor descriptor = put(store, lease, spec::media_type::kOciManifest, spec::to_json(manifest));
  if (stack.on_base) name_snapshots(store, config, stack);
  crash_point("build.before_image_row");
  image_store::Image image = store.add(descriptor);
  for (const std::string& tag : request.tags) store.tag(image.id, tag);
  return store.get(image.id.str());
}

}  // namespace rundlet::builder::exporter
