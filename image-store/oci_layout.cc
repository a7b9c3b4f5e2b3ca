#include "image-store/oci_layout.h"

#include <unistd.h>

#include "base/crash_point.h"
#include "base/fs/atomic_file.h"
#include "spec/reference.h"

namespace rundlet::image_store {
namespace {

spec::Descriptor descriptor_of(const Image& image, const std::string& name, const std::string& reference) {
  spec::Descriptor descriptor = image.manifest;
  descriptor.annotations["org.opencontainers.image.ref.name"] = reference;
  descriptor.annotations["io.containerd.image.name"] = name;
  return descriptor;
}

spec::Index index_of(const std::vector<Image>& images) {
  spec::Index index;
  index.media_type = spec::media_type::kOciIndex;
  for (const Image& image : images) {
    for (const std::string& name : image.names) {
      spec::Reference reference = spec::Reference::parse(name);
      index.manifests.push_back(descriptor_of(image, name, reference.familiar()));
      // So that other tools find "hello" too, which people mean by hello:latest.
      if (reference.tag == "latest")
        index.manifests.push_back(descriptor_of(image, name, reference.familiar_name()));
    }
  }
  return index;
}

}  // namespace

OciLayout::OciLayout(std::string directory, const ImageIndex& index)
    : directory_(std::move(directory)), index_(index) {}

void OciLayout::write() {
  std::lock_guard lock(mutex_);
  std::string marker = directory_ + "/oci-layout";
  if (::access(marker.c_str(), F_OK) < 0) fs::write_file_atomic(marker, R"({"imageLayoutVersion":"1.0.0"})");
  crash_point("layout.before_index");
  fs::write_file_atomic(directory_ + "/index.json", spec::to_json(index_of(index_.list())));
}

}  // namespace rundlet::image_store
