// What images an archive holds, in either of its forms.
#pragma once

#include <vector>

#include "image-store/transfer/archive.h"
#include "spec/oci_image.h"
#include "spec/reference.h"

namespace rundlet::image_store {

struct ArchivedImage {
  spec::Descriptor manifest;  // in the store, with everything it names
  std::vector<spec::Reference> names;
};

// index.json of an OCI layout. Of a multi-platform image the entry for this machine is taken.
std::vector<ArchivedImage> images_of_layout(ImageStore& store, Lease& lease, const Archive& archive);
// manifest.json of a docker-archive: an OCI manifest is made for each image; the layers stay as they are.
std::vector<ArchivedImage> images_of_docker_archive(ImageStore& store, const Archive& archive);

}  // namespace rundlet::image_store
