// Files and directories from one tree into another. Everything on the target's side is reached through its
// rooted path: symlinks in it are followed, but never out of it.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/fs/rooted_path.h"
#include "builder/ops/select.h"
#include "image-store/user_lookup.h"

namespace rundlet::builder::ops {

struct CopyAttributes {
  std::optional<image_store::Owner> owner;  // unset: as the source has it
  std::optional<uint32_t> mode;             // unset: as the source has it
};

class TreeCopier {
 public:
  TreeCopier(const fs::RootedPath& to, CopyAttributes attributes) : to_(to), attributes_(attributes) {}

  // Makes what is missing of `path`, for the owner that copies get.
  Fd make_directories(const std::string& path) const;
  // Anything but a directory, under exactly this name; replaces what is there, unless that is a directory.
  void copy_file(const Selected& from, const std::string& path);
  // The directory's content into `path`, which is made if need be. Directories that are there are merged
  // with.
  void copy_directory(const Selected& from, const std::string& path);
  // A new file with this content and mode (the attributes' mode wins).
  void write_file(const std::string& path, std::string_view content, uint32_t mode);

 private:
  friend class DirectoryCopy;
  void copy_entry(const Fd& source, int to_directory, const std::string& to_path);
  void copy_content(const Fd& source, const struct stat& info, int to_directory, const std::string& name);
  bool link_to_earlier(const struct stat& info, int to_directory, const std::string& path);
  void set_attributes(int source, int target, const struct stat& info) const;

  const fs::RootedPath& to_;
  CopyAttributes attributes_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;  // copies of files with several names
};

}  // namespace rundlet::builder::ops
