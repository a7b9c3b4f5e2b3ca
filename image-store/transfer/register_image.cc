#include "image-store/transfer/register_image.h"

#include "base/crash_point.h"

namespace rundlet::image_store {

spec::Descriptor put_manifest_blob(ImageStore& store, const std::string& media_type,
                                   const std::string& bytes) {
  spec::Descriptor manifest;
  manifest.media_type = media_type;
  manifest.digest = store.blobs().put(bytes);
  manifest.size = static_cast<int64_t>(bytes.size());
  crash_point("transfer.manifest_stored");
  return manifest;
}

Image register_image(ImageStore& store, const spec::Descriptor& manifest, bool unpack, Lease& lease,
                     const ProgressFn& progress) {
  Image image = store.add(manifest);
  crash_point("transfer.image_added");
  if (!unpack) return image;
  try {
    store.unpack(image, lease, progress);
  } catch (...) {
    auto now = store.find(image.id.str());
    if (now && now->names.empty() && now->digests.empty()) store.remove(image.id);
    throw;
  }
  return image;
}

}  // namespace rundlet::image_store
