#include "image-store/layer_blob.h"

#include "base/codec/sha256.h"
#include "image-store/layer.h"

namespace rundlet::image_store {
namespace {

class BlobSink : public codec::Sink {
 public:
  explicit BlobSink(BlobStore::Writer writer) : writer_(std::move(writer)) {}
  void write(std::string_view data) override { writer_.write(data); }
  BlobStore::Writer& writer() { return writer_; }

 private:
  BlobStore::Writer writer_;
};

}  // namespace

struct LayerBlobSink::State {
  explicit State(BlobStore& blobs)
      : blob(blobs.begin()), compressor(codec::compressing_sink(codec::Compression::gzip, blob)) {}
  codec::Sha256 hash;
  BlobSink blob;
  std::unique_ptr<codec::Sink> compressor;
};

LayerBlobSink::LayerBlobSink(BlobStore& blobs) : state_(std::make_unique<State>(blobs)) {}
LayerBlobSink::~LayerBlobSink() = default;

void LayerBlobSink::write(std::string_view data) {
  state_->hash.update(data);
  state_->compressor->write(data);
}

LayerBlob LayerBlobSink::commit() {
  state_->compressor->finish();
  LayerBlob layer;
  layer.diff_id = spec::Digest::sha256(state_->hash.hex());
  layer.descriptor.media_type = spec::media_type::kOciLayerGzip;
  layer.descriptor.size = static_cast<int64_t>(state_->blob.writer().offset());
  layer.descriptor.digest = state_->blob.writer().commit();
  return layer;
}

LayerBlob store_layer(BlobStore& blobs, const std::string& directory, int64_t clamp_mtime) {
  LayerBlobSink sink(blobs);
  diff_layer(directory, sink, clamp_mtime);
  return sink.commit();
}

}  // namespace rundlet::image_store
