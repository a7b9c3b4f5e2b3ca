// The OCI image layout around the blobs (image-layout.md), for other people's tools. index.json is a
// projection of the image rows: nothing here ever reads it.
#pragma once

#include <mutex>
#include <string>

#include "image-store/image_index.h"

namespace rundlet::image_store {

class OciLayout {
 public:
  OciLayout(std::string directory, const ImageIndex& index);
  // Writes oci-layout if it is missing and replaces index.json: one descriptor per name, "hello:latest" in
  // org.opencontainers.image.ref.name, the canonical name in io.containerd.image.name.
  void write();

 private:
  std::string directory_;
  const ImageIndex& index_;
  std::mutex mutex_;  // the last writer has read the newest rows
};

}  // namespace rundlet::image_store
