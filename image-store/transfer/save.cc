#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/codec/tar.h"
#include "base/error.h"
#include "image-store/transfer/documents.h"
#include "image-store/transfer/transfer.h"

namespace rundlet::image_store {
namespace {

struct Saved {
  Image image;
  std::vector<spec::Reference> names;
};

std::string blob_path(const spec::Digest& digest) {
  return "blobs/sha256/" + std::string(digest.hex());
}

bool has_tag_or_digest(const std::string& name) {
  size_t slash = name.rfind('/');
  return name.find_first_of(":@", slash == name.npos ? 0 : slash) != name.npos;
}

void add(std::vector<Saved>& saved, const Image& image, const std::string& canonical_name) {
  auto same =
      std::find_if(saved.begin(), saved.end(), [&](const Saved& s) { return s.image.id == image.id; });
  if (same == saved.end()) same = saved.insert(saved.end(), {image, {}});
  if (canonical_name.empty()) return;
  spec::Reference name = spec::Reference::parse(canonical_name);
  bool known = std::any_of(same->names.begin(), same->names.end(),
                           [&](const spec::Reference& other) { return other.canonical() == canonical_name; });
  if (!known) same->names.push_back(std::move(name));
}

// A bare repository name means all its tags; false when there is none.
bool add_repository(const ImageStore& store, std::vector<Saved>& saved, const std::string& name) {
  std::string prefix = spec::Reference::parse(name).name() + ":";
  bool found = false;
  for (const Image& image : store.list()) {
    for (const std::string& canonical : image.names) {
      if (!canonical.starts_with(prefix)) continue;
      add(saved, image, canonical);
      found = true;
    }
  }
  return found;
}

bool is_id(const Image& image, const std::string& name) {
  return image.id.str().starts_with(name) || image.id.hex().starts_with(name);
}

std::vector<Saved> select(const ImageStore& store, const std::vector<std::string>& names) {
  std::vector<Saved> saved;
  for (const std::string& name : names) {
    auto image = store.find(name);
    bool bare = !has_tag_or_digest(name) && !(image && is_id(*image, name));
    if (bare && add_repository(store, saved, name)) continue;
    Image found = store.get(name);
    bool by_id = is_id(found, name);
    std::string canonical = by_id ? "" : spec::Reference::parse(name).canonical();
    bool tagged = std::find(found.names.begin(), found.names.end(), canonical) != found.names.end();
    add(saved, found, tagged ? canonical : "");
  }
  return saved;
}

class ArchiveWriter {
 public:
  ArchiveWriter(const BlobStore& blobs, codec::Sink& to) : blobs_(blobs), tar_(to) {}

  void directory(const std::string& path) {
    codec::TarEntry entry;
    entry.path = path;
    entry.type = codec::EntryType::directory;
    entry.mode = 0755;
    tar_.begin(entry);
  }
  void document(const std::string& path, const std::string& text) {
    begin_file(path, text.size());
    tar_.write(text);
  }
  // Each blob once, however many images share it.
  void blob(const spec::Digest& digest) {
    if (!written_.insert(digest).second) return;
    Fd file = blobs_.open(digest);
    uint64_t left = blobs_.size(digest).value_or(0);
    begin_file(blob_path(digest), left);
    std::string buffer(256 * 1024, '\0');
    while (left > 0) {
      ssize_t count =
          TEMP_FAILURE_RETRY(::read(file.get(), buffer.data(), std::min<uint64_t>(left, buffer.size())));
      if (count < 0) throw_errno("read blob " + digest.str());
      if (count == 0) throw_error(ErrorCode::internal, "blob " + digest.str() + " ends too early");
      tar_.write({buffer.data(), static_cast<size_t>(count)});
      left -= static_cast<uint64_t>(count);
    }
  }
  void finish() { tar_.finish(); }

 private:
  void begin_file(const std::string& path, uint64_t size) {
    codec::TarEntry entry;
    entry.path = path;
    entry.mode = 0644;
    entry.size = size;
    tar_.begin(entry);
  }

  const BlobStore& blobs_;
  codec::TarWriter tar_;
  std::set<spec::Digest> written_;
};

ArchiveItem item_of(const Saved& saved, const spec::Manifest& manifest) {
  ArchiveItem item;
  item.config = blob_path(manifest.config.digest);
  for (const spec::Reference& name : saved.names) item.repo_tags.push_back(name.familiar());
  for (const spec::Descriptor& layer : manifest.layers) item.layers.push_back(blob_path(layer.digest));
  return item;
}

// One entry a name, as containerd writes it; one without annotations for an image that is saved by its id.
void add_entries(spec::Index& index, const Saved& saved) {
  spec::Descriptor entry = saved.image.manifest;
  if (saved.names.empty()) index.manifests.push_back(entry);
  for (const spec::Reference& name : saved.names) {
    entry.annotations["io.containerd.image.name"] = name.canonical();
    entry.annotations["org.opencontainers.image.ref.name"] = name.tag;
    index.manifests.push_back(entry);
  }
}

}  // namespace

void save(ImageStore& store, const std::vector<std::string>& names, codec::Sink& to) {
  auto lease = store.lease("save");
  std::vector<Saved> selected = select(store, names);  // an unknown name is told before the archive begins
  ArchiveWriter archive(store.blobs(), to);
  std::vector<ArchiveItem> items;
  spec::Index index;
  index.media_type = spec::media_type::kOciIndex;
  archive.directory("blobs/");
  archive.directory("blobs/sha256/");
  for (const Saved& saved : selected) {
    spec::Manifest manifest = store.content(saved.image).manifest;
    lease->add_blob(saved.image.manifest.digest);
    lease->add_blob(manifest.config.digest);
    for (const spec::Descriptor& layer : manifest.layers) lease->add_blob(layer.digest);
    archive.blob(saved.image.manifest.digest);
    archive.blob(manifest.config.digest);
    for (const spec::Descriptor& layer : manifest.layers) archive.blob(layer.digest);
    items.push_back(item_of(saved, manifest));
    add_entries(index, saved);
  }
  archive.document("index.json", spec::to_json(index));
  archive.document("manifest.json", to_json(items));
  archive.document("oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  archive.finish();
}

}  // namespace rundlet::image_store
