#include "builder/image_resolver.h"

#include "base/codec/sha256.h"

namespace rundlet::builder {

convert::BaseImage ImageResolver::resolve(const std::string& reference, const spec::Platform& platform) {
  image_store::Image image = host_.resolve_image(reference, platform, pull_, progress_);
  lease_.add_blob(image.manifest.digest);
  lease_.add_blob(image.id);
  image_store::ImageContent content = store_.content(image);
  for (const spec::Descriptor& layer : content.manifest.layers) lease_.add_blob(layer.digest);
  convert::BaseImage base;
  base.reference = reference;
  base.id = image.id;
  base.config = content.config;
  base.layers = content.manifest.layers;
  auto chains = spec::chain_ids(content.config.diff_ids, codec::sha256_hex);
  if (!chains.empty()) base.chain = chains.back();
  return base;
}

}  // namespace rundlet::builder
