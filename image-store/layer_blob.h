// A directory in overlayfs form as a layer blob: diffed, hashed, compressed and stored in one pass.
#pragma once

#include <string>

#include "base/codec/compress.h"
#include "image-store/blob_store.h"
#include "spec/oci_image.h"

namespace rundlet::image_store {

struct LayerBlob {
  spec::Descriptor descriptor;  // OCI gzip layer
  spec::Digest diff_id;         // of the uncompressed tar
};
LayerBlob store_layer(BlobStore& blobs, const std::string& directory, int64_t clamp_mtime = -1);

// Where a layer's uncompressed tar goes: hashes it and stores it compressed. For tars that come from
// elsewhere.
class LayerBlobSink : public codec::Sink {
 public:
  explicit LayerBlobSink(BlobStore& blobs);
  ~LayerBlobSink() override;
  void write(std::string_view data) override;
  LayerBlob commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rundlet::image_store
