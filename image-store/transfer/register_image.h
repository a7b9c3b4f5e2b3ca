// The last steps that pull, load and import share: the image is extracted before it gets a name, so that a
// name never stands for layers that are not what the config says.
#pragma once

#include <string>

#include "image-store/image_store.h"
#include "spec/oci_image.h"

namespace rundlet::image_store {

// Adds the image; with `unpack` its layers are extracted. When that fails the image is
// taken back, unless it was there before.
Image register_image(ImageStore& store, const spec::Descriptor& manifest, bool unpack, Lease& lease,
                     const ProgressFn& progress);

// Puts a manifest's bytes.
spec::Descriptor put_manifest_blob(ImageStore& store, const std::string& media_type,
                                   const std::string& bytes);

}  // namespace rundlet::image_store
