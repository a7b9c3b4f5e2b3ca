#include <set>

#include "base/codec/compress.h"
#include "base/error.h"
#include "image-store/transfer/archive.h"
#include "image-store/transfer/archived_images.h"
#include "image-store/transfer/progress.h"
#include "image-store/transfer/register_image.h"
#include "image-store/transfer/transfer.h"

namespace rundlet::image_store {
namespace {

std::vector<ArchivedImage> images_in(ImageStore& store, Lease& lease, const Archive& archive) {
  if (archive.document("index.json") && archive.document("oci-layout"))
    return images_of_layout(store, lease, archive);
  if (archive.document("manifest.json")) return images_of_docker_archive(store, archive);
  throw_invalid("invalid archive: neither an OCI layout (index.json) nor a docker-archive (manifest.json)");
}

void give_name(ImageStore& store, const Image& image, const spec::Reference& name, Progress& progress) {
  auto holder = store.find(name.canonical());
  if (holder && holder->id != image.id)
    progress.stream("The image " + name.familiar() + " already exists, renaming the old one with ID " +
                    holder->id.str() + " to empty string\n");
  store.tag(image.id, name.canonical());
  progress.stream("Loaded image: " + name.familiar() + "\n");
}

// docker's words for what unpack tells in those of a pull.
ProgressFn loading(const ProgressFn& to) {
  return [&to](spec::docker_api::ProgressMessage message) {
    if (!to || message.status != "Extracting") return;
    message.status = "Loading layer";
    to(message);
  };
}

}  // namespace

std::vector<Image> load(ImageStore& store, codec::Source& from, const ProgressFn& to) {
  Progress progress(to);
  auto lease = store.lease("load");
  Archive archive(store, *lease, from);
  std::vector<Image> loaded;
  std::set<spec::Digest> seen;
  for (const ArchivedImage& archived : images_in(store, *lease, archive)) {
    Image image = register_image(store, archived.manifest, true, *lease, loading(to));
    for (const spec::Reference& name : archived.names) give_name(store, image, name, progress);
    if (archived.names.empty()) progress.stream("Loaded image ID: " + image.id.str() + "\n");
    if (seen.insert(image.id).second) loaded.push_back(image);
  }
  for (Image& image : loaded) image = store.get(image.id.str());
  return loaded;
}

}  // namespace rundlet::image_store
