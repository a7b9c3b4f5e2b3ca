// Which other repository of a registry is known to hold a blob: one that an image of ours was pulled from or
// pushed to.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "image-store/image_store.h"
#include "spec/reference.h"

namespace rundlet::image_store {

class MountSources {
 public:
  // For pushes to `target`. The images are looked through when the first blob is asked for.
  MountSources(ImageStore& store, const spec::Reference& target) : store_(store), target_(target) {}

  // "library/debian"
  std::optional<std::string> find(const spec::Digest& blob);

 private:
  void look_through();
  void take(const Image& image, const std::string& repository);

  ImageStore& store_;
  const spec::Reference& target_;
  std::mutex mutex_;
  bool looked_ = false;
  std::map<spec::Digest, std::string> repositories_;
};

}  // namespace rundlet::image_store
