#include "image-store/layer_path.h"

#include "base/error.h"

namespace rundlet::image_store {
namespace {

constexpr std::string_view kMetadataPrefix = ".wh..wh.";

std::string clean(std::string_view path) {
  std::string result;
  while (!path.empty()) {
    size_t slash = std::min(path.find('/'), path.size());
    std::string_view part = path.substr(0, slash);
    path.remove_prefix(std::min(slash + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") throw_invalid("the name leads out of its directory by \"..\"");
    result.append(result.empty() ? "" : "/").append(part);
  }
  return result;
}

bool is_metadata(std::string_view part) {
  return part.starts_with(kMetadataPrefix) && part != kOpaqueName;
}

// AUFS keeps its own things in such files and directories.
bool belongs_to_aufs(std::string_view path) {
  for (; !path.empty(); path = parent_path(path))
    if (is_metadata(base_name(path))) return true;
  return false;
}

void check_directory(std::string_view path) {
  for (; !path.empty(); path = parent_path(path))
    if (base_name(path).starts_with(kWhiteoutPrefix)) throw_invalid("a whiteout cannot be a directory");
}

}  // namespace

std::string_view parent_path(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

LayerPath parse_layer_path(std::string_view path) {
  using Kind = LayerPath::Kind;
  if (path.empty()) throw_invalid("the name is empty");
  if (path.find('\0') != std::string_view::npos) throw_invalid("the name holds a NUL byte");
  std::string whole = clean(path);
  if (whole.empty()) return {Kind::root, "", ""};
  if (belongs_to_aufs(whole)) return {Kind::skipped, "", ""};
  std::string directory(parent_path(whole));
  std::string name(base_name(whole));
  check_directory(directory);
  if (name == kOpaqueName) return {Kind::opaque, directory, ""};
  if (!name.starts_with(kWhiteoutPrefix)) return {Kind::entry, directory, name};
  name.erase(0, kWhiteoutPrefix.size());
  if (name.empty() || name == "." || name == "..") throw_invalid("the whiteout names nothing");
  return {Kind::whiteout, directory, name};
}

}  // namespace rundlet::image_store
