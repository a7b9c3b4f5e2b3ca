#include "image-store/transfer/mount_sources.h"

#include "base/error.h"

namespace rundlet::image_store {

std::optional<std::string> MountSources::find(const spec::Digest& blob) {
  std::lock_guard lock(mutex_);
  if (!looked_) look_through();
  looked_ = true;
  auto found = repositories_.find(blob);
  return found == repositories_.end() ? std::nullopt : std::optional(found->second);
}

void MountSources::look_through() {
  for (const Image& image : store_.list()) {
    for (const std::string& name : image.digests) {
      spec::Reference known = spec::Reference::parse(name);
      if (known.registry != target_.registry || known.repository == target_.repository) continue;
      take(image, known.repository);
    }
  }
}

void MountSources::take(const Image& image, const std::string& repository) {
  try {
    for (const spec::Descriptor& layer : store_.content(image).manifest.layers)
      repositories_.emplace(layer.digest, repository);
  } catch (const Error& e) {
    // Removed since it was listed: no source then.
    if (e.code() != ErrorCode::failed_precondition) throw;
  }
}

}  // namespace rundlet::image_store
