#include <atomic>
#include <map>
#include <utility>

#include "base/crash_point.h"
#include "base/error.h"
#include "image-store/transfer/fetch_blob.h"
#include "image-store/transfer/progress.h"
#include "image-store/transfer/register_image.h"
#include "image-store/transfer/resolve.h"
#include "image-store/transfer/transfer.h"
#include "image-store/transfer/workers.h"

namespace rundlet::image_store {
namespace {

constexpr size_t kParallelDownloads = 6;

struct PulledImage {
  ResolvedImage resolved;
  spec::ImageConfig config;
};

struct Pull {
  ImageStore& store;
  const PullRequest& request;
  registry_client::Registry& registry;
  Lease& lease;
  Progress& progress;
  const Cancel& cancel;
  std::atomic<bool> downloaded = false;
};

spec::ImageConfig fetch_config(Pull& pull, const ResolvedImage& image) {
  const spec::Descriptor& config = image.manifest.config;
  pull.lease.add_blob(config.digest);
  if (!pull.store.blobs().contains(config.digest))
    fetch_blob(
        pull.store.blobs(), pull.registry, config, [](uint64_t) {}, pull.cancel);
  spec::ImageConfig parsed = spec::parse_image_config(pull.store.blobs().read(config.digest));
  if (parsed.diff_ids.size() != image.manifest.layers.size())
    throw_invalid("invalid image: its config names " + std::to_string(parsed.diff_ids.size()) +
                  " layers, its manifest " + std::to_string(image.manifest.layers.size()));
  if (parsed.platform.os != pull.request.platform.os)
    throw_error(ErrorCode::unimplemented,
                "image operating system \"" + parsed.platform.os + "\" cannot be used on this platform");
  return parsed;
}

void fetch_layer(Pull& pull, const spec::Descriptor& layer, const Cancel& cancel) {
  std::string id = short_id(layer.digest);
  auto size = static_cast<uint64_t>(layer.size);
  auto told = [&](uint64_t bytes) { pull.progress.moved(id, "Downloading", bytes, size); };
  fetch_blob(pull.store.blobs(), pull.registry, layer, told, cancel);
  pull.downloaded = true;
  pull.progress.phase(id, "Download complete");
}

void extract_layer(Pull& pull, const PulledImage& image, size_t index, const Cancel& cancel) {
  for (;;) {
    try {
      const spec::Descriptor& layer = image.resolved.manifest.layers[index];
      return pull.store.extract_layer(image.config, index, layer, pull.lease, pull.progress.forward(cancel));
    } catch (const Error& e) {
      // Another pull that extracted this layer for both of us was cancelled: it is ours now.
      if (e.code() != ErrorCode::cancelled || cancel->cancelled()) throw;
    }
  }
}

// The places in the manifest of each layer: one blob may come several times.
std::map<spec::Digest, std::vector<size_t>> places_of(const spec::Manifest& manifest) {
  std::map<spec::Digest, std::vector<size_t>> places;
  for (size_t i = 0; i < manifest.layers.size(); ++i) places[manifest.layers[i].digest].push_back(i);
  return places;
}

// Every layer once, several at a time; each is extracted as soon as it is there.
void fetch_layers(Pull& pull, const PulledImage& image) {
  const std::vector<spec::Descriptor>& layers = image.resolved.manifest.layers;
  auto places = places_of(image.resolved.manifest);
  Workers workers(kParallelDownloads, pull.cancel);
  for (const spec::Descriptor& layer : layers) {
    pull.lease.add_blob(layer.digest);
    bool present = pull.store.blobs().contains(layer.digest);
    pull.progress.phase(short_id(layer.digest), present ? "Already exists" : "Pulling fs layer");
    auto node = places.extract(layer.digest);
    if (!node) continue;
    workers.submit([&, present, at = std::move(node.mapped())] {
      if (!present) fetch_layer(pull, layers[at.front()], workers.cancel());
      for (size_t index : pull.request.unpack ? at : std::vector<size_t>())
        extract_layer(pull, image, index, workers.cancel());
    });
  }
  workers.finish();
}

// The names are the last step: until then nobody sees the image.
Image record(Pull& pull, const ResolvedImage& image) {
  spec::Descriptor manifest = put_manifest_blob(pull.store, image.fetched.media_type, image.fetched.bytes);
  Image added = register_image(pull.store, manifest, pull.request.unpack, pull.lease,
                               pull.progress.forward(pull.cancel));
  const spec::Reference& reference = pull.request.reference;
  pull.store.add_digest(added.id, reference.name() + "@" + image.named.str());
  crash_point("pull.digest_named");
  if (reference.digest.empty()) pull.store.tag(added.id, reference.canonical());
  return pull.store.get(added.id.str());
}

std::optional<Image> present_image(const ImageStore& store, const spec::Reference& reference) {
  return store.find(reference.digest.empty() ? reference.canonical()
                                             : reference.name() + "@" + reference.digest);
}

}  // namespace

PullResult pull(ImageStore& store, const PullRequest& request, const ProgressFn& to, const Cancel& cancel) {
  const spec::Reference& reference = request.reference;
  Progress progress(to);
  auto lease = store.lease("pull " + reference.canonical());
  registry_client::Registry registry(reference, request.registries, request.auth);
  auto before = present_image(store, reference);

  PulledImage image{resolve(registry, request, cancel), {}};
  progress.line("Pulling from " + reference.repository, tag_or_digest(reference));
  Pull pull{store, request, registry, *lease, progress, cancel};
  image.config = fetch_config(pull, image.resolved);
  fetch_layers(pull, image);
  PullResult result;
  result.image = record(pull, image.resolved);
  result.digest = image.resolved.named;
  result.up_to_date = before && before->id == result.image.id && !pull.downloaded;
  progress.line("Digest: " + result.digest.str());
  progress.line(
      (result.up_to_date ? "Status: Image is up to date for " : "Status: Downloaded newer image for ") +
      reference.familiar());
  return result;
}

}  // namespace rundlet::image_store
