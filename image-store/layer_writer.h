// Writes a layer's entries into a directory, in overlayfs form. Everything happens relative to descriptors of
// directories inside it, and nothing that stands in the way is followed: it is replaced.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/codec/tar.h"
#include "image-store/layer_directories.h"
#include "image-store/layer_path.h"

namespace rundlet::image_store {

class LayerWriter {
 public:
  explicit LayerWriter(const std::string& directory);

  // `content` stands at this entry. Throws with the entry's name in the message.
  void add(const codec::TarEntry& entry, codec::TarReader& content);
  // Sets what writing would have disturbed: the directories' times. Returns the directories that have no
  // entry.
  std::vector<std::string> finish();
  uint64_t content_bytes() const { return content_bytes_; }

 private:
  void add_at(const LayerPath& at, const codec::TarEntry& entry, codec::TarReader& content);
  void add_root(const codec::TarEntry& entry);
  void add_whiteout(const LayerPath& at);
  void add_directory(int parent, const LayerPath& at, const codec::TarEntry& entry);
  void add_file(int parent, const LayerPath& at, const codec::TarEntry& entry, codec::TarReader& content);
  void add_symlink(int parent, const LayerPath& at, const codec::TarEntry& entry);
  void add_hard_link(const LayerPath& at, const codec::TarEntry& entry);
  void add_node(int parent, const LayerPath& at, const codec::TarEntry& entry);
  // Takes away what stands under that name, whatever it is.
  void clear_way(int parent, const LayerPath& at);
  // Runs `create` (a system call), and once more after clearing the way if the name was taken.
  template <class Create>
  int create(int parent, const LayerPath& at, const Create& call);
  void set_directory_attributes(int fd, const std::string& path, const codec::TarEntry& entry);

  LayerDirectories directories_;
  std::map<std::string, TimePoint> times_;
  uint64_t content_bytes_ = 0;
  bool root_seen_ = false;
};

}  // namespace rundlet::image_store
