// A docker-archive or OCI layout in a tar, taken into the store file by file. Nothing is written under the
// archive's names: every file becomes a blob under its digest, and the names are looked up in memory. That is
// why a hostile archive can write nowhere.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/codec/compress.h"
#include "image-store/image_store.h"
#include "spec/oci_image.h"

namespace rundlet::image_store {

class Archive {
 public:
  // Reads the tar to its end, decompressing it when need be. Throws invalid_argument for what is no tar, for
  // a blob whose content is not its name's, and for archives of too many files.
  Archive(ImageStore& store, Lease& lease, codec::Source& from);

  // index.json, oci-layout, manifest.json: nullptr when the archive has none.
  const std::string* document(const std::string& name) const;
  // Digest and size of a file, through the links of old docker-archives; throws invalid_argument when it is
  // missing.
  spec::Descriptor file(const std::string& path) const;

 private:
  void take(const struct ArchiveFile& file);
  spec::Descriptor take_blob(const struct ArchiveFile& file, const spec::Digest& expected);
  spec::Descriptor take_file(const struct ArchiveFile& file);

  ImageStore& store_;
  Lease& lease_;
  std::map<std::string, std::string> documents_;
  std::map<std::string, spec::Descriptor> files_;
  std::map<std::string, std::string> links_;
};

}  // namespace rundlet::image_store
