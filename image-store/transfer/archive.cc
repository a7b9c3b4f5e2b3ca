#include "image-store/transfer/archive.h"

#include <algorithm>

#include "base/codec/tar.h"
#include "base/error.h"
#include "base/fs/rooted_path.h"

namespace rundlet::image_store {

struct ArchiveFile {
  codec::TarReader& tar;
  const codec::TarEntry& entry;
  std::string path;  // cleaned
};

namespace {

constexpr size_t kMaxFiles = 20'000;
constexpr uint64_t kMaxDocumentBytes = 8u << 20;
constexpr int kMaxLinks = 8;
constexpr std::string_view kBlobs = "blobs/sha256/";

class Borrowed : public codec::Source {
 public:
  explicit Borrowed(codec::Source& from) : from_(from) {}
  size_t read(char* buffer, size_t size) override { return from_.read(buffer, size); }

 private:
  codec::Source& from_;
};

bool is_document(const std::string& path) {
  return path == "index.json" || path == "oci-layout" || path == "manifest.json";
}

// What old docker-archives hold beside the layers and nobody needs.
bool is_ignored(const std::string& path) {
  return path == "repositories" || path.ends_with("/VERSION") || path.ends_with("/json");
}

std::string clean(const std::string& path) {
  size_t start = path.find_first_not_of('/');
  return fs::clean_path(start == path.npos ? "." : path.substr(start));
}

std::optional<spec::Digest> digest_in(const std::string& path) {
  if (!path.starts_with(kBlobs) || path.size() != kBlobs.size() + 64) return std::nullopt;
  return spec::Digest::parse("sha256:" + path.substr(kBlobs.size()));
}

// Every byte of the current entry, holes as zeros.
void each_block(const ArchiveFile& file, const std::function<void(std::string_view)>& take) {
  static const std::string kZeros(64 * 1024, '\0');
  uint64_t at = 0;
  auto fill_to = [&](uint64_t offset) {
    while (at < offset) {
      size_t count = std::min<uint64_t>(offset - at, kZeros.size());
      take({kZeros.data(), count});
      at += count;
    }
  };
  while (auto block = file.tar.next_block()) {
    fill_to(block->offset);
    take(block->data);
    at += block->data.size();
  }
  fill_to(file.entry.size);
}

std::string read_document(const ArchiveFile& file) {
  if (file.entry.size > kMaxDocumentBytes) throw_invalid("invalid archive: " + file.path + " is too large");
  std::string text;
  each_block(file, [&](std::string_view data) { text += data; });
  return text;
}

// Where a link in `path` points to, as a path of the archive.
std::string link_target(const codec::TarEntry& entry, const std::string& path) {
  if (entry.type == codec::EntryType::hardlink) return clean(entry.link_target);
  size_t slash = path.rfind('/');
  return clean((slash == path.npos ? "" : path.substr(0, slash + 1)) + entry.link_target);
}

}  // namespace

Archive::Archive(ImageStore& store, Lease& lease, codec::Source& from) : store_(store), lease_(lease) {
  auto plain = codec::decompressing_source(std::make_unique<Borrowed>(from));
  codec::TarReader tar(*plain);
  size_t count = 0;
  while (auto entry = tar.next()) {
    if (++count > kMaxFiles)
      throw_invalid("invalid archive: more than " + std::to_string(kMaxFiles) + " files");
    take({tar, *entry, clean(entry->path)});
  }
}

void Archive::take(const ArchiveFile& file) {
  using codec::EntryType;
  if (file.entry.type == EntryType::symlink || file.entry.type == EntryType::hardlink) {
    links_[file.path] = link_target(file.entry, file.path);
  } else if (file.entry.type == EntryType::file && is_document(file.path)) {
    documents_[file.path] = read_document(file);
  } else if (file.entry.type == EntryType::file && !is_ignored(file.path)) {
    auto expected = digest_in(file.path);
    files_[file.path] = expected ? take_blob(file, *expected) : take_file(file);
  }
}

spec::Descriptor Archive::take_blob(const ArchiveFile& file, const spec::Digest& expected) {
  spec::Descriptor taken;
  taken.digest = expected;
  taken.size = static_cast<int64_t>(file.entry.size);
  lease_.add_blob(expected);
  if (store_.blobs().contains(expected)) return taken;
  auto writer = store_.blobs().begin();
  each_block(file, [&](std::string_view data) { writer.write(data); });
  writer.commit(expected);
  return taken;
}

spec::Descriptor Archive::take_file(const ArchiveFile& file) {
  auto writer = store_.blobs().begin();
  each_block(file, [&](std::string_view data) { writer.write(data); });
  spec::Descriptor taken;
  taken.digest = writer.commit();
  taken.size = static_cast<int64_t>(file.entry.size);
  return taken;
}

const std::string* Archive::document(const std::string& name) const {
  auto found = documents_.find(name);
  return found == documents_.end() ? nullptr : &found->second;
}

spec::Descriptor Archive::file(const std::string& path) const {
  std::string at = clean(path);
  for (int hops = 0; hops <= kMaxLinks; ++hops) {
    if (auto found = files_.find(at); found != files_.end()) return found->second;
    auto link = links_.find(at);
    if (link == links_.end()) break;
    at = link->second;
  }
  throw_invalid("invalid archive: \"" + path + "\" is missing");
}

}  // namespace rundlet::image_store
