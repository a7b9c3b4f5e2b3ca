// One blob from the store to the registry; a connection that breaks is tried again from the start of the
// blob.
#pragma once

#include <cstdint>
#include <functional>

#include "base/cancel.h"
#include "image-store/blob_store.h"
#include "registry-client/registry.h"
#include "spec/oci_image.h"

namespace rundlet::image_store {

// on_bytes is called with the bytes sent so far. Throws not_found when the store lacks the blob.
void push_blob(BlobStore& blobs, registry_client::Registry& registry, const spec::Descriptor& blob,
               const std::function<void(uint64_t)>& on_bytes, const Cancel& cancel);

}  // namespace rundlet::image_store
