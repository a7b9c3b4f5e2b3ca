#include "base/codec/json.h"
#include "image-store/transfer/documents.h"

namespace rundlet::image_store {
namespace {

struct PushAux {
  std::string tag, digest;
  uint64_t size = 0;
};
template <class Visitor>
void describe(Visitor& v, PushAux& aux) {
  v("Tag", aux.tag);
  v("Digest", aux.digest);
  v("Size", aux.size);
}

}  // namespace

template <class Visitor>
void describe(Visitor& v, ArchiveItem& item) {
  v("Config", item.config);
  v.null_if_empty("RepoTags", item.repo_tags);
  v("Layers", item.layers);
}

std::vector<ArchiveItem> parse_archive_manifest(std::string_view text) {
  return json::decode<std::vector<ArchiveItem>>(text, json::Unknown::ignore);
}

std::string to_json(const std::vector<ArchiveItem>& items) {
  return json::encode(items);
}

std::string push_aux_json(const std::string& tag, const spec::Digest& digest, uint64_t size) {
  return json::encode(PushAux{tag, digest.str(), size});
}

}  // namespace rundlet::image_store
