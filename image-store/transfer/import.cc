#include "base/codec/sha256.h"
#include "base/error.h"
#include "image-store/transfer/register_image.h"
#include "image-store/transfer/transfer.h"

namespace rundlet::image_store {
namespace {

namespace media_type = spec::media_type;

struct StoredLayer {
  spec::Descriptor blob;
  spec::Digest diff_id;
};

// What has been looked at comes first, then the rest of the source; each byte is shown to `tee` on its way.
class TeeSource : public codec::Source {
 public:
  TeeSource(std::string head, codec::Source& from, std::function<void(std::string_view)> tee)
      : head_(std::move(head)), from_(from), tee_(std::move(tee)) {}
  size_t read(char* buffer, size_t size) override {
    size_t count = used_ < head_.size() ? head_.copy(buffer, size, used_) : from_.read(buffer, size);
    used_ += count;
    if (tee_) tee_({buffer, count});
    return count;
  }

 private:
  std::string head_;
  size_t used_ = 0;
  codec::Source& from_;
  std::function<void(std::string_view)> tee_;
};

std::string read_head(codec::Source& from) {
  std::string head(16, '\0');
  size_t had = 0;
  while (had < head.size()) {
    size_t count = from.read(head.data() + had, head.size() - had);
    if (count == 0) break;
    had += count;
  }
  head.resize(had);
  return head;
}

void drain(codec::Source& from, const std::function<void(std::string_view)>& take) {
  std::string buffer(256 * 1024, '\0');
  while (size_t count = from.read(buffer.data(), buffer.size())) take({buffer.data(), count});
}

// gzip and zstd are kept as they came; everything else is stored as the plain tar.
StoredLayer store_layer(BlobStore& blobs, codec::Source& from) {
  std::string head = read_head(from);
  auto how = codec::detect_compression(head);
  bool keep = how == codec::Compression::gzip || how == codec::Compression::zstd;
  auto writer = blobs.begin();
  std::function<void(std::string_view)> write = [&](std::string_view data) { writer.write(data); };
  TeeSource raw(head, from, keep ? write : nullptr);
  codec::Sha256 tar_hash;
  {
    auto tar = codec::decompressing_source(std::make_unique<TeeSource>("", raw, nullptr));
    drain(*tar, [&](std::string_view data) {
      tar_hash.update(data);
      if (!keep) writer.write(data);
    });
  }
  drain(raw, [](std::string_view) {});  // what follows the compressed stream's end
  StoredLayer layer;
  layer.diff_id = spec::Digest::sha256(tar_hash.hex());
  layer.blob.size = static_cast<int64_t>(writer.offset());
  layer.blob.digest = writer.commit();
  layer.blob.media_type = media_type::kOciLayer;
  if (how == codec::Compression::gzip) layer.blob.media_type = media_type::kOciLayerGzip;
  if (how == codec::Compression::zstd) layer.blob.media_type = media_type::kOciLayerZstd;
  return layer;
}

spec::Descriptor put_config(BlobStore& blobs, const ImportRequest& request, const spec::Digest& diff_id) {
  spec::ImageConfig config;
  config.created = now();
  config.platform = request.platform;
  config.config = request.config;
  config.diff_ids = {diff_id};
  spec::History history;
  history.created = config.created;
  history.comment = request.message.empty() ? "Imported from -" : request.message;
  config.history = {history};
  std::string text = spec::to_json(config);
  spec::Descriptor blob;
  blob.media_type = media_type::kOciConfig;
  blob.digest = blobs.put(text);
  blob.size = static_cast<int64_t>(text.size());
  return blob;
}

}  // namespace

Image import_tar(ImageStore& store, codec::Source& from, const ImportRequest& request) {
  auto lease = store.lease("import");
  StoredLayer layer = store_layer(store.blobs(), from);
  spec::Manifest manifest;
  manifest.media_type = media_type::kOciManifest;
  manifest.layers = {layer.blob};
  manifest.config = put_config(store.blobs(), request, layer.diff_id);
  spec::Descriptor stored = put_manifest_blob(store, manifest.media_type, spec::to_json(manifest));
  Image image = register_image(store, stored, true, *lease, {});
  if (request.reference) store.tag(image.id, request.reference->canonical());
  return store.get(image.id.str());
}

}  // namespace rundlet::image_store
