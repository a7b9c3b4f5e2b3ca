#include "daemon/engine/commit.h"

#include "base/crash_point.h"
#include "base/error.h"
#include "builder/config_changes.h"
#include "image-store/layer_blob.h"
#include "image-store/transfer/register_image.h"
#include "spec/reference.h"

namespace rundlet::daemon {
namespace {

// Frozen while its layer is read, and thawed whatever happens.
class Frozen {
 public:
  Frozen(Engine& engine, ContainerPtr container, bool wanted) : engine_(engine), container_(std::move(container)) {
    frozen_ = wanted && container_->status() == Status::running;
    if (frozen_) pause_container(engine_, container_);
  }
  ~Frozen() noexcept(false) {
    if (!frozen_ || container_->status() != Status::paused) return;
    unpause_container(engine_, container_);
  }
  Frozen(const Frozen&) = delete;

 private:
  Engine& engine_;
  ContainerPtr container_;
  bool frozen_;
};

spec::ImageRunConfig run_config(const docker_api::ContainerConfig& config) {
  spec::ImageRunConfig run;
  run.user = config.user;
  run.exposed_ports = config.exposed_ports;
  run.env = config.env;
  run.entrypoint = config.entrypoint.items;
  run.cmd = config.cmd.items;
  run.volumes = config.volumes;
  run.working_dir = config.working_dir;
  run.labels = config.labels;
  run.stop_signal = config.stop_signal;
  run.healthcheck = config.healthcheck;
  run.on_build = config.on_build;
  run.shell = config.shell;
  return run;
}

spec::ImageConfig committed_config(const ContainerRecord& record, const CommitRequest& request,
                                   const spec::ImageConfig& parent, const spec::Digest& diff_id) {
  spec::ImageConfig config = parent;
  config.created = now();
  config.author = request.author;
  config.config = run_config(request.config.value_or(record.config));
  builder::apply_changes(config.config, request.changes);
  config.diff_ids.push_back(diff_id);
  std::string command = record.path;
  for (const std::string& argument : record.args) command += " " + argument;
  config.history.push_back({config.created, command, request.author, request.comment, false});
  return config;
}

}  // namespace

std::string commit_container(Engine& engine, const ContainerPtr& container, const CommitRequest& request) {
  ContainerRecord record = container->record();
  auto lease = engine.images.lease("commit " + record.id);
  image_store::ImageContent parent = engine.images.content(engine.images.get(record.image_id));
  image_store::LayerBlob layer;
  {
    Frozen frozen(engine, container, request.pause);
    layer = image_store::store_layer(engine.images.blobs(), engine.images.snapshots().own_directory(record.snapshot));
  }
  lease->add_blob(layer.descriptor.digest);
  crash_point("commit.after_layer");
  spec::Manifest manifest = parent.manifest;
  manifest.media_type = spec::media_type::kOciManifest;
  manifest.layers.push_back(layer.descriptor);
  std::string config = to_json(committed_config(record, request, parent.config, layer.diff_id));
  manifest.config = {spec::media_type::kOciConfig, engine.images.blobs().put(config),
                     static_cast<int64_t>(config.size()), {}, {}};
  auto descriptor = image_store::put_manifest_blob(engine.images, manifest.media_type, to_json(manifest));
  image_store::Image image = image_store::register_image(engine.images, descriptor, false, *lease, {});
  if (!request.repository.empty()) {
    std::string tag = request.tag.empty() ? "latest" : request.tag;
    engine.images.tag(image.id, spec::Reference::parse(request.repository + ":" + tag).canonical());
  }
  publish(engine, record, "commit", {{"imageID", image.id.str()}});
  return image.id.str();
}

}  // namespace rundlet::daemon
