// Base images for conversion, from the daemon around and the store.
#pragma once

#include "builder/builder.h"
#include "builder/convert/plan.h"
#include "image-store/image_store.h"

namespace rundlet::builder {

class ImageResolver : public convert::BaseResolver {
 public:
  ImageResolver(image_store::ImageStore& store, BuildHost& host, image_store::Lease& lease, bool pull,
                const BuildProgress& progress)
      : store_(store), host_(host), lease_(lease), pull_(pull), progress_(progress) {}

  convert::BaseImage resolve(const std::string& reference, const spec::Platform& platform) override;

 private:
  image_store::ImageStore& store_;
  BuildHost& host_;
  image_store::Lease& lease_;
  bool pull_;
  BuildProgress progress_;
};

}  // namespace rundlet::builder
