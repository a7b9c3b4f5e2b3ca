#include "image-store/transfer/push_blob.h"

#include <unistd.h>

#include "base/error.h"
#include "registry-client/retry.h"

namespace rundlet::image_store {
namespace {

constexpr int kMaxAttempts = 5;
constexpr int kFirstPauseMillis = 500;

size_t read_some(int fd, char* buffer, size_t size) {
  ssize_t count = TEMP_FAILURE_RETRY(::read(fd, buffer, size));
  if (count < 0) throw_errno("read blob");
  return static_cast<size_t>(count);
}

void push_once(BlobStore& blobs, registry_client::Registry& registry, const spec::Descriptor& blob,
               const std::function<void(uint64_t)>& on_bytes, const Cancel& cancel) {
  Fd file = blobs.open(blob.digest);
  uint64_t sent = 0;
  auto read = [&](char* buffer, size_t size) {
    size_t count = read_some(file.get(), buffer, size);
    sent += count;
    on_bytes(sent);
    return count;
  };
  registry.put_blob(blob.digest, static_cast<uint64_t>(blob.size), read, cancel);
}

}  // namespace

void push_blob(BlobStore& blobs, registry_client::Registry& registry, const spec::Descriptor& blob,
               const std::function<void(uint64_t)>& on_bytes, const Cancel& cancel) {
  auto size = blobs.size(blob.digest);
  if (size && *size != static_cast<uint64_t>(blob.size))
    throw_error(ErrorCode::internal,
                "blob " + blob.digest.str() + " has not the size that its manifest says");
  for (int attempt = 1;; ++attempt) {
    try {
      return push_once(blobs, registry, blob, on_bytes, cancel);
    } catch (const Error& e) {
      if (e.code() != ErrorCode::unavailable || attempt == kMaxAttempts) throw;
    }
    registry_client::pause_for(kFirstPauseMillis << (attempt - 1), cancel);
  }
}

}  // namespace rundlet::image_store
