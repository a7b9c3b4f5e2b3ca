// One blob from the registry into the store, going on where a broken connection, or a killed daemon, left it.
#pragma once

#include <functional>

#include "base/cancel.h"
#include "image-store/blob_store.h"
#include "registry-client/registry.h"
#include "spec/oci_image.h"

namespace rundlet::image_store {

// Called with the bytes had so far.
using BytesFn = std::function<void(uint64_t)>;

// Returns once the blob is in the store, by us or by another pull that fetches it at the same time. Throws
// invalid_argument when the content is not what the digest says, unavailable when the registry cannot be had.
void fetch_blob(BlobStore& blobs, registry_client::Registry& registry, const spec::Descriptor& blob,
                const BytesFn& on_bytes, const Cancel& cancel);

}  // namespace rundlet::image_store
