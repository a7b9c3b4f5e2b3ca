// What the name of a layer's entry means (OCI image spec, layer.md, "Representing Changes").
#pragma once

#include <string>
#include <string_view>

namespace rundlet::image_store {

inline constexpr std::string_view kWhiteoutPrefix = ".wh.";
inline constexpr std::string_view kOpaqueName = ".wh..wh..opq";

struct LayerPath {
  enum class Kind { root, entry, whiteout, opaque, skipped };
  Kind kind = Kind::entry;
  std::string directory;  // clean and relative, "" for the root
  std::string name;       // of the entry, or of what is whited out; "" for root, opaque and skipped

  // directory/name
  std::string full() const { return directory.empty() ? name : directory + "/" + name; }
};

// Absolute names count from the layer's root. Throws invalid_argument for names with "..", with whiteout
// markers where none can be, or none at all. AUFS's own files (".wh..wh.…") are to be skipped.
LayerPath parse_layer_path(std::string_view path);

// The parent of a clean relative path: "a/b" → "a", "a" → "".
std::string_view parent_path(std::string_view path);
std::string_view base_name(std::string_view path);

}  // namespace rundlet::image_store
