#include "base/fs/tree_walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

#include "base/error.h"
#include "base/fs/openat2.h"

namespace rundlet::fs {
namespace {

constexpr size_t kOpenLevels = 64;  // descriptors held at once
constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

bool is_directory(int directory, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat found;
  return ::fstatat(directory, entry.d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(found.st_mode);
}

bool is_dot(const char* name) {
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

struct DirCloser {
  void operator()(DIR* stream) const { ::closedir(stream); }
};
using DirStream = std::unique_ptr<DIR, DirCloser>;

// A stream of its own, so that the level's descriptor keeps no position.
DirStream open_stream(int directory) {
  int fd = ::openat(directory, ".", kOpenDirectory | O_CLOEXEC);
  if (fd < 0) return nullptr;
  DirStream stream(::fdopendir(fd));
  if (!stream) ::close(fd);
  return stream;
}

}  // namespace

void TreeWalk::run(int parent, const std::string& name) {
  levels_.clear();
  enter(parent, name);
  while (!levels_.empty()) {
    Level& level = levels_.back();
    if (level.pending.empty()) {
      leave_last(parent);
    } else {
      std::string next = std::move(level.pending.back());
      level.pending.pop_back();
      enter(level.fd.get(), next);
    }
  }
}

void TreeWalk::enter(int parent, const std::string& name) {
  Fd fd = openat2(parent, name.c_str(), kOpenDirectory, 0, RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
  if (!fd && errno == ENOENT) return;
  if (!fd && errno == EXDEV) return mount_point(name);
  if (!fd && (errno == ENOTDIR || errno == ELOOP))
    return visit(parent, name);  // replaced since it was listed
  struct stat found;
  if (!fd || ::fstat(fd.get(), &found) < 0) throw_errno("open " + path_of(name));
  levels_.push_back({name, std::move(fd), found.st_dev, found.st_ino, {}});
  if (levels_.size() > kOpenLevels) levels_[levels_.size() - 1 - kOpenLevels].fd.reset();
  scan(levels_.back());
}

void TreeWalk::scan(Level& level) {
  DirStream stream = open_stream(level.fd.get());
  if (!stream) throw_errno("open " + path_of("."));
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr && errno == ENOENT) return;  // the directory itself is gone
    if (entry == nullptr && errno != 0) throw_errno("read " + path_of("."));
    if (entry == nullptr) return;
    if (is_dot(entry->d_name)) continue;
    if (is_directory(level.fd.get(), *entry)) {
      level.pending.emplace_back(entry->d_name);
    } else {
      visit(level.fd.get(), entry->d_name);
    }
  }
}

void TreeWalk::leave_last(int root_parent) {
  Level done = std::move(levels_.back());
  levels_.pop_back();
  int parent = root_parent;
  if (!levels_.empty()) {
    if (!levels_.back().fd) reopen(levels_.back(), done);
    parent = levels_.back().fd.get();
  }
  if (!leave(parent, done.name)) return;
  levels_.push_back(std::move(done));
  scan(levels_.back());
}

// Goes back up by "..", which must still be the directory that the walk came from.
void TreeWalk::reopen(Level& above, const Level& below) {
  above.fd = openat2(below.fd.get(), "..", kOpenDirectory, 0, RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
  struct stat found;
  if (!above.fd || ::fstat(above.fd.get(), &found) < 0) throw_errno("open " + path_of(".."));
  if (found.st_dev != above.device || found.st_ino != above.inode)
    throw_error(ErrorCode::failed_precondition, path_of(".") + ": the tree was moved while it was walked");
}

std::string TreeWalk::path_of(const std::string& name) const {
  std::string path;
  for (const Level& level : levels_) path += level.name + '/';
  return path + name;
}

}  // namespace rundlet::fs
