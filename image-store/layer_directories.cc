#include "image-store/layer_directories.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/error.h"
#include "base/fs/openat2.h"
#include "image-store/layer_path.h"
#include "image-store/layer_xattrs.h"

namespace rundlet::image_store {
namespace {

// Archives go depth first: the parents of the next entries are nearly always among the last ones used.
constexpr size_t kOpenDirectories = 256;

}  // namespace

Fd LayerDirectories::find(const std::string& path) const {
  return fs::openat2(rooted_.root(), path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY, 0,
                     RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

void LayerDirectories::forget() {
  retired_ = std::move(open_);
  open_.clear();
}

int LayerDirectories::open(const std::string& path) {
  auto known = open_.find(path);
  if (known != open_.end()) return known->second.get();
  Fd directory = resolve(path);
  int fd = directory.get();
  remember(path, std::move(directory));
  return fd;
}

void LayerDirectories::remember(const std::string& path, Fd directory) {
  retired_.clear();
  if (open_.size() >= kOpenDirectories) open_.clear();
  open_[path] = std::move(directory);
}

Fd LayerDirectories::resolve(const std::string& path) {
  Fd directory = find(path);
  if (directory) return directory;
  // ENOTDIR: a file, which make() reports, or a whiteout, which gives way.
  if (path.empty() || (errno != ENOENT && errno != ENOTDIR)) throw_errno("open directory /" + path);
  return make_missing(path);
}

Fd LayerDirectories::make_missing(const std::string& path) {
  int parent = open(std::string(parent_path(path)));
  std::string name(base_name(path));
  struct stat st {};
  bool there = ::fstatat(parent, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
  if (there &&
      S_ISLNK(st.st_mode)) {  // to a directory that is not in this layer: it is made where the link points
    rooted_.make_directories(path);
    Fd made = find(path);
    if (!made) throw_errno("open directory /" + path);
    return made;
  }
  bool created = false;
  Fd made = make(parent, name, 0755, created);
  if (created) implied_.insert(path);
  return made;
}

Fd LayerDirectories::make(int parent, const std::string& name, unsigned mode, bool& created) {
  struct stat st {};
  bool there = ::fstatat(parent, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
  bool whiteout = there && is_whiteout(st);
  if (there && !whiteout && !S_ISDIR(st.st_mode)) throw_invalid("/" + name + " is not a directory");
  if (whiteout && ::unlinkat(parent, name.c_str(), 0) < 0) throw_errno("replace whiteout");
  created = !there || whiteout;
  if (created && ::mkdirat(parent, name.c_str(), 0700) < 0) throw_errno("mkdir");
  Fd made(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made) throw_errno("open directory");
  if (created && ::fchmod(made.get(), mode) < 0) throw_errno("chmod");
  if (whiteout) set_opaque(path_at(made.get()));
  return made;
}

}  // namespace rundlet::image_store
