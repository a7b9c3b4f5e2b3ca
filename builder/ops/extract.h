// ADD of a local archive: tar, plain or compressed with gzip, bzip2, xz or zstd.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/codec/compress.h"
#include "base/fs/rooted_path.h"
#include "builder/ops/select.h"
#include "image-store/user_lookup.h"

namespace rundlet::builder::ops {

// Extracts into the directory `path` of the tree, keeping the archive's owners unless `owner` is set. False
// when the file is no archive. Nothing that the archive says leads out of the tree. Throws invalid_argument
// naming the entry.
bool extract_archive(const Selected& file, const fs::RootedPath& to, const std::string& path,
                     const std::optional<image_store::Owner>& owner);

// The same for an archive that comes as a stream, compressed or not; throws invalid_argument when it is none.
// Reads to the stream's end.
void extract_stream(std::unique_ptr<codec::Source> archive, const fs::RootedPath& to, const std::string& path,
                    const std::optional<image_store::Owner>& owner);

}  // namespace rundlet::builder::ops
