#include "image-store/transfer/resolve.h"

#include <array>
#include <string_view>

#include "base/error.h"

namespace rundlet::image_store {
namespace {

namespace media_type = spec::media_type;

constexpr int kMaxNestedIndexes = 4;
constexpr size_t kMaxLayers = 500;
constexpr int64_t kMaxConfigBytes = 8 << 20;  // what the store reads

bool is_layer(std::string_view type) {
  constexpr std::array<std::string_view, 6> kLayers = {media_type::kOciLayer,
                                                       media_type::kOciLayerGzip,
                                                       media_type::kOciLayerZstd,
                                                       media_type::kDockerLayerGzip,
                                                       "application/vnd.docker.image.rootfs.diff.tar",
                                                       "application/vnd.docker.image.rootfs.diff.tar.zstd"};
  for (std::string_view known : kLayers)
    if (known == type) return true;
  return false;
}

}  // namespace

std::string tag_or_digest(const spec::Reference& reference) {
  return reference.digest.empty() ? reference.tag : reference.digest;
}

const spec::Descriptor* choose_platform(const spec::Index& index, const spec::Platform& platform) {
  const spec::Descriptor* runs = nullptr;
  for (const spec::Descriptor& entry : index.manifests) {
    if (!entry.platform) continue;
    if (*entry.platform == platform) return &entry;
    if (runs == nullptr && platform.runs(*entry.platform)) runs = &entry;
  }
  return runs;
}

void check_image_manifest(const spec::Manifest& manifest) {
  const std::string& config = manifest.config.media_type;
  if (config != media_type::kOciConfig && config != media_type::kDockerConfig)
    throw_error(ErrorCode::unimplemented, "unsupported media type " + config + ": not a container image");
  if (manifest.config.size > kMaxConfigBytes)
    throw_invalid("the image's config is too large: " + std::to_string(manifest.config.size) + " bytes");
  if (manifest.layers.size() > kMaxLayers)
    throw_invalid("the image has " + std::to_string(manifest.layers.size()) + " layers: max depth exceeded");
  for (const spec::Descriptor& layer : manifest.layers)
    if (!is_layer(layer.media_type))
      throw_error(ErrorCode::unimplemented, "unsupported layer media type " + layer.media_type);
}

ResolvedImage resolve(registry_client::Registry& registry, const PullRequest& request, const Cancel& cancel) {
  ResolvedImage resolved;
  resolved.fetched = registry.get_manifest(tag_or_digest(request.reference), cancel);
  resolved.named = resolved.fetched.digest;
  for (int depth = 0; media_type::is_index(resolved.fetched.media_type); ++depth) {
    if (depth == kMaxNestedIndexes)
      throw_invalid("indexes are nested too deeply in " + request.reference.familiar());
    spec::Index index = spec::parse_index(resolved.fetched.bytes);
    const spec::Descriptor* entry = choose_platform(index, request.platform);
    if (entry == nullptr)
      throw_not_found("no matching manifest for " + request.platform.str() + " in the manifest list entries");
    resolved.fetched = registry.get_manifest(entry->digest.str(), cancel);
  }
  if (!media_type::is_manifest(resolved.fetched.media_type))
    throw_error(ErrorCode::unimplemented, "unsupported manifest media type " + resolved.fetched.media_type);
  resolved.manifest = spec::parse_manifest(resolved.fetched.bytes);
  check_image_manifest(resolved.manifest);
  return resolved;
}

}  // namespace rundlet::image_store
