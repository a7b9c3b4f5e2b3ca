#include "image-store/transfer/fetch_blob.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "registry-client/retry.h"

namespace rundlet::image_store {
namespace {

constexpr int kMaxFailures = 5;  // in a row, without a mebibyte between them
constexpr uint64_t kRealProgress = 1 << 20;
constexpr int kFirstPauseMillis = 250;
constexpr int kBusyPauseMillis = 50;

// nullopt once the blob is there: another pull was faster.
std::optional<BlobStore::Writer> open_ingest(BlobStore& blobs, const spec::Digest& digest,
                                             const Cancel& cancel) {
  for (;;) {
    if (blobs.contains(digest)) return std::nullopt;
    try {
      return blobs.begin_resumable(digest);
    } catch (const Error& e) {
      if (e.code() != ErrorCode::conflict) throw;
    }
    registry_client::pause_for(kBusyPauseMillis, cancel);
  }
}

void download(BlobStore::Writer& writer, registry_client::Registry& registry, const spec::Descriptor& blob,
              const BytesFn& on_bytes, const Cancel& cancel) {
  auto size = static_cast<uint64_t>(blob.size);
  if (writer.offset() > size) writer.restart();
  if (writer.offset() == size) return;
  auto take = [&](std::string_view data) {
    if (writer.offset() + data.size() > size)
      throw_invalid("blob " + blob.digest.str() + " is longer than its descriptor says");
    writer.write(data);
    on_bytes(writer.offset());
  };
  registry.get_blob(
      blob.digest, writer.offset(), take, [&] { writer.restart(); }, cancel);
  if (writer.offset() < size)
    throw_error(ErrorCode::unavailable, "the connection ended in the middle of blob " + blob.digest.str());
}

// False when the connection broke but trying again is worth it.
bool try_fetch(BlobStore::Writer& writer, registry_client::Registry& registry, const spec::Descriptor& blob,
               int& failures, const BytesFn& on_bytes, const Cancel& cancel) {
  uint64_t before = writer.offset();
  try {
    download(writer, registry, blob, on_bytes, cancel);
    writer.commit(blob.digest);
    return true;
  } catch (const Error& e) {
    if (e.code() != ErrorCode::unavailable) throw;
    if (writer.offset() >= before + kRealProgress) failures = 0;
    if (++failures > kMaxFailures) throw;
    return false;
  }
}

}  // namespace

void fetch_blob(BlobStore& blobs, registry_client::Registry& registry, const spec::Descriptor& blob,
                const BytesFn& on_bytes, const Cancel& cancel) {
  if (blob.size < 0) throw_invalid("blob " + blob.digest.str() + " has a negative size");
  auto writer = open_ingest(blobs, blob.digest, cancel);
  if (!writer) return;
  for (int failures = 0; !try_fetch(*writer, registry, blob, failures, on_bytes, cancel);)
    registry_client::pause_for(kFirstPauseMillis << std::min(failures - 1, 5), cancel);
}

}  // namespace rundlet::image_store
