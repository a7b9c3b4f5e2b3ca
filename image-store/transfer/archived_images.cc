#include "image-store/transfer/archived_images.h"

#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "image-store/transfer/documents.h"
#include "image-store/transfer/register_image.h"
#include "image-store/transfer/resolve.h"

namespace rundlet::image_store {
namespace {

namespace media_type = spec::media_type;

constexpr int kMaxNestedIndexes = 4;

void require_blob(ImageStore& store, Lease& lease, const spec::Digest& digest) {
  lease.add_blob(digest);
  if (!store.blobs().contains(digest)) throw_invalid("invalid archive: blob " + digest.str() + " is missing");
}

// The image manifest that a layout's entry stands for; indexes are followed to this machine's platform.
spec::Descriptor image_manifest(ImageStore& store, Lease& lease, spec::Descriptor entry) {
  for (int depth = 0; media_type::is_index(entry.media_type); ++depth) {
    if (depth == kMaxNestedIndexes) throw_invalid("invalid archive: indexes are nested too deeply");
    require_blob(store, lease, entry.digest);
    spec::Index index = spec::parse_index(store.blobs().read(entry.digest));
    spec::Platform host = spec::Platform::host();
    const spec::Descriptor* chosen = choose_platform(index, host);
    if (chosen == nullptr) throw_not_found("no matching manifest for " + host.str() + " in the archive");
    entry = spec::Descriptor(*chosen);
  }
  if (!media_type::is_manifest(entry.media_type))
    throw_error(ErrorCode::unimplemented, "unsupported media type " + entry.media_type + " in index.json");
  return entry;
}

void require_content(ImageStore& store, Lease& lease, const spec::Descriptor& entry) {
  require_blob(store, lease, entry.digest);
  spec::Manifest manifest = spec::parse_manifest(store.blobs().read(entry.digest));
  check_image_manifest(manifest);
  require_blob(store, lease, manifest.config.digest);
  for (const spec::Descriptor& layer : manifest.layers) require_blob(store, lease, layer.digest);
}

// containerd's annotation holds the full name; OCI's often only the tag, which says nothing alone.
std::optional<spec::Reference> name_of(const spec::Descriptor& entry) {
  auto full = entry.annotations.find("io.containerd.image.name");
  if (full != entry.annotations.end()) return spec::Reference::parse(full->second);
  auto name = entry.annotations.find("org.opencontainers.image.ref.name");
  if (name == entry.annotations.end() || name->second.find_first_of(":/") == std::string::npos)
    return std::nullopt;
  return spec::Reference::parse(name->second);
}

bool is_attestation(const spec::Descriptor& entry) {
  return entry.platform && entry.platform->os == "unknown" && entry.platform->architecture == "unknown";
}

std::string layer_type(ImageStore& store, const spec::Digest& digest) {
  char head[16];
  Fd file = store.blobs().open(digest);
  ssize_t count = ::read(file.get(), head, sizeof head);
  if (count < 0) throw_errno("read blob " + digest.str());
  switch (codec::detect_compression({head, static_cast<size_t>(count)})) {
    case codec::Compression::none:
      return media_type::kOciLayer;
    case codec::Compression::gzip:
      return media_type::kOciLayerGzip;
    case codec::Compression::zstd:
      return media_type::kOciLayerZstd;
    default:
      throw_error(ErrorCode::unimplemented, "layers compressed by bzip2 or xz are not supported");
  }
}

spec::Manifest manifest_of(ImageStore& store, const Archive& archive, const ArchiveItem& item) {
  spec::Manifest manifest;
  manifest.media_type = media_type::kOciManifest;
  manifest.config = archive.file(item.config);
  manifest.config.media_type = media_type::kOciConfig;
  spec::ImageConfig config = spec::parse_image_config(store.blobs().read(manifest.config.digest));
  if (config.diff_ids.size() != item.layers.size())
    throw_invalid("invalid manifest, layers length mismatch: expected " +
                  std::to_string(config.diff_ids.size()) + ", got " + std::to_string(item.layers.size()));
  for (const std::string& path : item.layers) {
    spec::Descriptor layer = archive.file(path);
    layer.media_type = layer_type(store, layer.digest);
    manifest.layers.push_back(std::move(layer));
  }
  return manifest;
}

}  // namespace

std::vector<ArchivedImage> images_of_layout(ImageStore& store, Lease& lease, const Archive& archive) {
  std::vector<ArchivedImage> images;
  for (const spec::Descriptor& entry : spec::parse_index(*archive.document("index.json")).manifests) {
    if (is_attestation(entry)) continue;
    spec::Descriptor manifest = image_manifest(store, lease, entry);
    auto same = std::find_if(images.begin(), images.end(), [&](const ArchivedImage& image) {
      return image.manifest.digest == manifest.digest;
    });
    if (same == images.end()) {
      require_content(store, lease, manifest);
      same = images.insert(images.end(), {manifest, {}});
    }
    if (auto name = name_of(entry)) same->names.push_back(*name);
  }
  return images;
}

std::vector<ArchivedImage> images_of_docker_archive(ImageStore& store, const Archive& archive) {
  std::vector<ArchivedImage> images;
  for (const ArchiveItem& item : parse_archive_manifest(*archive.document("manifest.json"))) {
    ArchivedImage image;
    std::string bytes = spec::to_json(manifest_of(store, archive, item));
    image.manifest = put_manifest_blob(store, media_type::kOciManifest, bytes);
    for (const std::string& tag : item.repo_tags) image.names.push_back(spec::Reference::parse(tag));
    images.push_back(std::move(image));
  }
  return images;
}

}  // namespace rundlet::image_store
