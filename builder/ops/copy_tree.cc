#include "builder/ops/copy_tree.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/error.h"
#include "base/fs/tree_walk.h"
#include "builder/ops/xattrs.h"

namespace rundlet::builder::ops {
namespace {

Fd open_entry(int directory, const std::string& name) {
  Fd fd(::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) throw_errno("open " + name);
  return fd;
}

std::string last_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::string parent_path(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, slash + 1);
}

struct stat stat_of(int fd) {
  struct stat info;
  if (::fstat(fd, &info) != 0) throw_errno("stat");
  return info;
}

std::string link_target(int fd) {
  char target[PATH_MAX];
  ssize_t size = ::readlinkat(fd, "", target, sizeof target);
  if (size < 0) throw_errno("read symlink");
  return std::string(target, static_cast<size_t>(size));
}

// Takes away what stands under the name; a directory stays, and is an error.
void clear_name(int directory, const std::string& name) {
  if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return;
  if (errno == EISDIR || errno == EPERM) throw_invalid("cannot copy to directory: " + name);
  throw_errno("replace " + name);
}

void write_at(int to, std::string_view data, off_t offset) {
  while (!data.empty()) {
    ssize_t count = ::pwrite(to, data.data(), data.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno("write");
    data.remove_prefix(static_cast<size_t>(count));
    offset += count;
  }
}

// For file systems between which the kernel cannot copy by itself.
void copy_range_by_hand(int from, int to, off_t offset, off_t end) {
  std::vector<char> buffer(256 * 1024);
  while (offset < end) {
    size_t wanted = std::min<size_t>(buffer.size(), static_cast<size_t>(end - offset));
    ssize_t count = ::pread(from, buffer.data(), wanted, offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno("read");
    if (count == 0) return;
    write_at(to, {buffer.data(), static_cast<size_t>(count)}, offset);
    offset += count;
  }
}

void copy_range(int from, int to, off_t offset, off_t end) {
  off_t in = offset, out = offset;
  while (in < end) {
    ssize_t count = ::copy_file_range(from, &in, to, &out, static_cast<size_t>(end - in), 0);
    if (count == 0) return;
    if (count > 0 || errno == EINTR) continue;
    if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP && errno != EPERM) {
      throw_errno("copy file content");
    }
    return copy_range_by_hand(from, to, in, end);
  }
}

// Holes stay holes.
void copy_data(int from, int to, off_t size) {
  if (::ftruncate(to, size) != 0) throw_errno("set file size");
  for (off_t at = 0; at < size;) {
    off_t data = ::lseek(from, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) return;
    off_t hole = data < 0 ? size : ::lseek(from, data, SEEK_HOLE);
    if (data < 0) data = at;
    if (hole < 0) hole = size;
    copy_range(from, to, data, hole);
    at = hole;
  }
}

}  // namespace

Fd TreeCopier::make_directories(const std::string& path) const {
  image_store::Owner owner = attributes_.owner.value_or(image_store::Owner{});
  return to_.make_directories(path, 0755, owner.uid, owner.gid);
}

// Owner first: it clears set-id bits and capabilities. Both descriptors may be O_PATH.
void TreeCopier::set_attributes(int source, int target, const struct stat& info) const {
  image_store::Owner owner = attributes_.owner.value_or(image_store::Owner{info.st_uid, info.st_gid});
  if (::fchownat(target, "", owner.uid, owner.gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0)
    throw_errno("chown");
  std::string path = fs::fd_path(target);
  uint32_t mode = attributes_.mode.value_or(info.st_mode & 07777);
  bool is_link = S_ISLNK(info.st_mode);
  if (!is_link && ::chmod(path.c_str(), mode) != 0) throw_errno("chmod");
  if (!is_link) set_xattrs(target, xattrs_of(source));
  timespec times[] = {info.st_atim, info.st_mtim};
  if (::utimensat(target, "", times, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) throw_errno("set file times");
}

bool TreeCopier::link_to_earlier(const struct stat& info, int to_directory, const std::string& path) {
  if (info.st_nlink < 2) return false;
  auto [earlier, first] = linked_.try_emplace({info.st_dev, info.st_ino}, path);
  if (first) return false;
  auto at = to_.parent_of(earlier->second);
  if (::linkat(at.directory.get(), at.name.c_str(), to_directory, last_name(path).c_str(), 0) != 0) {
    throw_errno("link " + path);
  }
  return true;
}

void TreeCopier::copy_content(const Fd& source, const struct stat& info, int to_directory,
                              const std::string& name) {
  Fd from = open_file(fs::fd_path(source.get()), O_RDONLY | O_NONBLOCK);
  Fd to(::openat(to_directory, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!to) throw_errno("create " + name);
  copy_data(from.get(), to.get(), info.st_size);
}

void TreeCopier::copy_entry(const Fd& source, int to_directory, const std::string& to_path) {
  std::string name = last_name(to_path);
  struct stat info = stat_of(source.get());
  clear_name(to_directory, name);
  if (link_to_earlier(info, to_directory, to_path)) return;
  if (S_ISREG(info.st_mode)) {
    copy_content(source, info, to_directory, name);
  } else if (S_ISLNK(info.st_mode)) {
    std::string target = link_target(source.get());
    if (::symlinkat(target.c_str(), to_directory, name.c_str()) != 0) throw_errno("symlink " + name);
  } else if (::mknodat(to_directory, name.c_str(), (info.st_mode & S_IFMT) | 0600, info.st_rdev) != 0) {
    throw_errno("mknod " + name);
  }
  set_attributes(source.get(), open_entry(to_directory, name).get(), info);
}

void TreeCopier::copy_file(const Selected& from, const std::string& path) {
  Fd parent = make_directories(parent_path(path));
  copy_entry(from.fd, parent.get(), path);
}

void TreeCopier::write_file(const std::string& path, std::string_view content, uint32_t mode) {
  std::string name = last_name(path);
  Fd parent = make_directories(parent_path(path));
  clear_name(parent.get(), name);
  Fd file(::openat(parent.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) throw_errno("create " + name);
  write_all(file.get(), content);
  image_store::Owner owner = attributes_.owner.value_or(image_store::Owner{});
  if (::fchown(file.get(), owner.uid, owner.gid) != 0) throw_errno("chown " + name);
  if (::fchmod(file.get(), attributes_.mode.value_or(mode)) != 0) throw_errno("chmod " + name);
}

// Directories are made when something in them is met, and get their attributes when they have been walked: so
// their times last.
class DirectoryCopy : public fs::TreeWalk {
 public:
  DirectoryCopy(TreeCopier& copier, std::string target) : copier_(copier), target_(std::move(target)) {}

 protected:
  void visit(int directory, const std::string& name) override {
    int to = target_directory(path_of("."));
    copier_.copy_entry(open_entry(directory, name), to, current_ + "/" + name);
  }
  bool leave(int parent, const std::string& name) override {
    int made = target_directory(path_of(name));
    if (name == ".") return false;
    Fd source = open_entry(parent, name);
    copier_.set_attributes(source.get(), made, stat_of(source.get()));
    return false;
  }
  void mount_point(const std::string& name) override {
    throw_error(ErrorCode::failed_precondition, path_of(name) + " is a mount point");
  }

 private:
  int target_directory(const std::string& path) {
    std::string wanted = fs::clean_path(target_ + "/" + path);
    if (wanted != current_) {
      current_fd_ = open_or_make(wanted);
      current_ = wanted;
    }
    return current_fd_.get();
  }
  Fd open_or_make(const std::string& path) {
    try {
      return copier_.make_directories(path);
    } catch (const Error& e) {
      if (e.errno_value() != ENOTDIR) throw;
      throw_invalid("cannot copy to non-directory: " + path);
    }
  }

  TreeCopier& copier_;
  std::string target_, current_;
  Fd current_fd_;
};

void TreeCopier::copy_directory(const Selected& from, const std::string& path) {
  DirectoryCopy copy(*this, path);
  copy.run(from.fd.get(), ".");
}

}  // namespace rundlet::builder::ops
