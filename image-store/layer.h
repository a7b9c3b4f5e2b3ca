// Layers as tar streams ⇄ directories in overlayfs form (OCI image spec, layer.md: whiteouts ".wh.NAME",
// opaque
// ".wh..wh..opq"). Applying is safe against hostile archives: nothing is written outside `directory`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/codec/compress.h"
#include "spec/digest.h"

namespace rundlet::image_store {

struct AppliedLayer {
  spec::Digest diff_id;  // of the uncompressed tar
  uint64_t content_bytes = 0;
  // Parents that the archive has no entry for, "" being the root: made 0755, owned by root.
  std::vector<std::string> implied_directories;
};
// Reads a plain, gzip or zstd tar to its end. Throws invalid_argument naming the entry that is malformed or
// that points outside the layer.
AppliedLayer apply_layer(codec::Source& compressed, const std::string& directory);

// Gives implied directories the owner, mode, time and xattrs that they have in the layers below (`lowers`,
// top one first), so that the layer does not change what it never spoke of.
void inherit_directories(const std::string& directory, const std::vector<std::string>& implied,
                         const std::vector<std::string>& lowers);

// The uncompressed tar of what an overlayfs upper directory adds to its lowers: sorted, deterministic. mtimes
// are kept to the second unless `clamp_mtime` (unix seconds, -1: no) is lower. Sockets are left out, as are
// xattrs that belong to the host (overlayfs' own, security labels). Throws failed_precondition for an
// overlayfs redirect or metacopy and for names that a layer cannot carry (".wh.…").
void diff_layer(const std::string& directory, codec::Sink& to, int64_t clamp_mtime = -1);

}  // namespace rundlet::image_store
