#include <map>

#include "base/error.h"
#include "image-store/transfer/documents.h"
#include "image-store/transfer/mount_sources.h"
#include "image-store/transfer/progress.h"
#include "image-store/transfer/push_blob.h"
#include "image-store/transfer/transfer.h"
#include "image-store/transfer/workers.h"

namespace rundlet::image_store {
namespace {

constexpr size_t kParallelUploads = 5;

struct Push {
  ImageStore& store;
  const spec::Reference& reference;
  registry_client::Registry& registry;
  Progress& progress;
  MountSources mounts;
};

void push_layer(Push& push, const spec::Descriptor& layer, const std::string& id, const Cancel& cancel) {
  if (push.registry.has_blob(layer.digest, cancel)) {
    push.progress.phase(id, "Layer already exists");
    return;
  }
  if (auto source = push.mounts.find(layer.digest)) {
    if (push.registry.mount_blob(layer.digest, *source, cancel)) {
      push.progress.phase(id, "Mounted from " + *source);
      return;
    }
  }
  auto told = [&](uint64_t bytes) {
    push.progress.moved(id, "Pushing", bytes, static_cast<uint64_t>(layer.size));
  };
  push_blob(push.store.blobs(), push.registry, layer, told, cancel);
  push.progress.phase(id, "Pushed");
}

// docker names layers by their diff ids here.
void push_layers(Push& push, const ImageContent& content, const Cancel& cancel) {
  Workers workers(kParallelUploads, cancel);
  std::map<spec::Digest, std::string> ids;
  for (size_t i = 0; i < content.manifest.layers.size(); ++i) {
    const spec::Descriptor& layer = content.manifest.layers[i];
    ids.emplace(layer.digest,
                short_id(i < content.config.diff_ids.size() ? content.config.diff_ids[i] : layer.digest));
  }
  for (const auto& [digest, id] : ids) push.progress.phase(id, "Preparing");
  size_t queued = 0;
  for (const spec::Descriptor& layer : content.manifest.layers) {
    auto node = ids.extract(layer.digest);
    if (!node) continue;  // a layer that comes twice is pushed once
    if (++queued > kParallelUploads) push.progress.phase(node.mapped(), "Waiting");
    workers.submit(
        [&push, &workers, &layer, id = node.mapped()] { push_layer(push, layer, id, workers.cancel()); });
  }
  workers.finish();
}

void push_config(Push& push, const spec::Descriptor& config, const Cancel& cancel) {
  if (!push.registry.has_blob(config.digest, cancel))
    push_blob(
        push.store.blobs(), push.registry, config, [](uint64_t) {}, cancel);
}

// The image may be removed while it is pushed.
void hold(Lease& lease, const Image& image, const ImageContent& content) {
  lease.add_blob(image.manifest.digest);
  lease.add_blob(content.manifest.config.digest);
  for (const spec::Descriptor& layer : content.manifest.layers) lease.add_blob(layer.digest);
}

Image image_to_push(const ImageStore& store, const spec::Reference& reference) {
  if (!reference.digest.empty()) throw_invalid("cannot push a digest reference");
  auto image = store.find(reference.canonical());
  if (!image) throw_not_found("An image does not exist locally with the tag: " + reference.familiar_name());
  return *image;
}

}  // namespace

spec::Digest push(ImageStore& store, const PushRequest& request, const ProgressFn& to, const Cancel& cancel) {
  const spec::Reference& reference = request.reference;
  Progress progress(to);
  auto lease = store.lease("push " + reference.canonical());
  Image image = image_to_push(store, reference);
  ImageContent content = store.content(image);
  hold(*lease, image, content);
  progress.line("The push refers to repository [" + reference.name() + "]");

  registry_client::Registry registry(reference, request.registries, request.auth);
  Push push{store, reference, registry, progress, MountSources(store, reference)};
  push_layers(push, content, cancel);
  push_config(push, content.manifest.config, cancel);
  std::string bytes = store.blobs().read(image.manifest.digest);
  spec::Digest digest = registry.put_manifest(reference.tag, image.manifest.media_type, bytes, cancel);
  store.add_digest(image.id, reference.name() + "@" + digest.str());

  progress.line(reference.tag + ": digest: " + digest.str() + " size: " + std::to_string(bytes.size()));
  progress.aux(push_aux_json(reference.tag, digest, bytes.size()));
  return digest;
}

}  // namespace rundlet::image_store
