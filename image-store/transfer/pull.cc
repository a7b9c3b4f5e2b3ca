#include <atomic>
#include <set>

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

// Every layer once, several at a time.
void fetch_layers(Pull& pull, const ResolvedImage& image) {
  Workers workers(kParallelDownloads, pull.cancel);
  std::set<spec::Digest> seen;
  std::vector<const spec::Descriptor*> missing;
  for (const spec::Descriptor& layer : image.manifest.layers) {
    if (!seen.insert(layer.digest).second) continue;
    pull.lease.add_blob(layer.digest);
    bool present = pull.store.blobs().contains(layer.digest);
    pull.progress.phase(short_id(layer.digest), present ? "Already exists" : "Pulling fs layer");
    if (!present) missing.push_back(&layer);
  }
  for (const spec::Descriptor* layer : missing)
    workers.submit([&pull, &workers, layer] { fetch_layer(pull, *layer, workers.cancel()); });
  workers.finish();
}

// The names are the last step: until then nobody sees the image.
Image record(Pull& pull, const ResolvedImage& image, const ProgressFn& to) {
  spec::Descriptor manifest =
      put_manifest_blob(pull.store, image.fetched.media_type, image.fetched.bytes, pull.lease);
  Image added = register_image(pull.store, manifest, pull.request.unpack, pull.lease, to);
  const spec::Reference& reference = pull.request.reference;
  pull.store.add_digest(added.id, reference.name() + "@" + image.named.str());
  crash_point("pull.digest-named");
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

  ResolvedImage resolved = resolve(registry, request, cancel);
  progress.line("Pulling from " + reference.repository, tag_or_digest(reference));
  Pull pull{store, request, registry, *lease, progress, cancel};
  fetch_config(pull, resolved);
  fetch_layers(pull, resolved);
  PullResult result;
  result.image = record(pull, resolved, to);
  result.digest = resolved.named;
  result.up_to_date = before && before->id == result.image.id && !pull.downloaded;
  progress.line("Digest: " + resolved.named.str());
  progress.line(
      (result.up_to_date ? "Status: Image is up to date for " : "Status: Downloaded newer image for ") +
      reference.familiar());
  return result;
}

}  // namespace rundlet::image_store
