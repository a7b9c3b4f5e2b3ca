#include "image-store/image_store.h"

#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "image-store/store_state.h"

namespace rundlet::image_store {
namespace {

void require_blob(const BlobStore& blobs, const spec::Descriptor& blob, const spec::Descriptor& manifest) {
  if (blobs.contains(blob.digest)) return;
  throw_error(ErrorCode::failed_precondition,
              "blob " + blob.digest.str() + " of manifest " + manifest.digest.str() + " is not in the store");
}

}  // namespace

ImageStore::ImageStore(const std::string& root, db::Database& database, const std::string& epoch)
    : state_(std::make_unique<State>(root, database, epoch)) {}

ImageStore::~ImageStore() = default;

BlobStore& ImageStore::blobs() {
  return state_->blobs;
}
Snapshotter& ImageStore::snapshots() {
  return state_->snapshots;
}
std::unique_ptr<Lease> ImageStore::lease(const std::string& purpose) {
  return state_->leases.open(purpose);
}

std::vector<Image> ImageStore::list() const {
  return state_->index.list();
}

ImageContent ImageStore::State::content(const Image& image) const {
  try {
    ImageContent content;
    content.manifest = spec::parse_manifest(blobs.read(image.manifest.digest));
    content.config = spec::parse_image_config(blobs.read(content.manifest.config.digest));
    return content;
  } catch (const Error& e) {
    if (e.code() != ErrorCode::not_found) throw;
    throw_error(ErrorCode::failed_precondition,
                "image " + image.id.str() + " is damaged, pull or build it again: " + e.message());
  }
}

ImageContent ImageStore::content(const Image& image) const {
  return state_->content(image);
}

Image ImageStore::add(const spec::Descriptor& descriptor) {
  BlobStore& blobs = state_->blobs;
  spec::Descriptor stored = descriptor;
  spec::Manifest manifest = spec::parse_manifest(blobs.read(descriptor.digest));
  if (stored.media_type.empty()) stored.media_type = manifest.media_type;
  if (!spec::media_type::is_manifest(stored.media_type))
    throw_invalid("\"" + stored.media_type + "\" is not an image manifest");
  stored.size = static_cast<int64_t>(blobs.size(descriptor.digest).value());
  require_blob(blobs, manifest.config, stored);
  for (const spec::Descriptor& layer : manifest.layers) require_blob(blobs, layer, stored);

  ImageContent content{manifest, spec::parse_image_config(blobs.read(manifest.config.digest))};
  ImageIndex::Holdings holdings;
  holdings.blobs = {stored.digest, manifest.config.digest};
  for (const Layer& layer : layers_of(content)) {
    holdings.blobs.push_back(layer.blob.digest);
    holdings.chains.push_back(layer.chain);
  }
  // Another writer's blob may be renamed and not yet durable.
  fs::fsync_directory(blobs.directory() + "/blobs/sha256");
  state_->index.add(manifest.config.digest, stored, holdings);
  return get(manifest.config.digest.str());
}

void ImageStore::tag(const spec::Digest& image_id, const std::string& canonical_name) {
  state_->index.tag(image_id, canonical_name);
  state_->layout.write();
}

void ImageStore::add_digest(const spec::Digest& image_id, const std::string& canonical_digest_name) {
  state_->index.add_digest(image_id, canonical_digest_name);
}

void ImageStore::untag(const std::string& canonical_name) {
  state_->index.untag(canonical_name);
  state_->layout.write();
}

void ImageStore::remove(const spec::Digest& image_id) {
  state_->index.remove(image_id);
  state_->layout.write();
}

SnapshotId ImageStore::unpack(const Image& image, Lease& lease, const ProgressFn& progress) {
  return state_->unpacker.unpack(layers_of(content(image)), lease, progress);
}

void ImageStore::extract_layer(const spec::ImageConfig& config, size_t index, const spec::Descriptor& layer,
                               Lease& lease, const ProgressFn& progress) {
  if (index >= config.diff_ids.size())
    throw_invalid("the image's config has no diff id for layer " + layer.digest.str());
  state_->unpacker.extract({chains_of(config)[index], config.diff_ids[index], layer}, lease, progress);
}

}  // namespace rundlet::image_store
