#include "runtime/rootfs/copy_up.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace rundlet::runtime {
namespace {

constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

Fd open_at(int directory, const char* name, int flags, unsigned mode = 0) {
  Fd fd(::openat(directory, name, flags | O_CLOEXEC, mode));
  if (!fd) throw_errno("copy up " + std::string(name));
  return fd;
}

void copy_owner(int to, const char* name, const struct stat& status) {
  if (::fchownat(to, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
    throw_errno("copy up: chown " + std::string(name));
  if (!S_ISLNK(status.st_mode) && ::fchmodat(to, name, status.st_mode & 07777, 0) < 0)
    throw_errno("copy up: chmod " + std::string(name));
}

void copy_file(int from, int to, const char* name, off_t size) {
  Fd source = open_at(from, name, O_RDONLY | O_NOFOLLOW);
  Fd target = open_at(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  while (size > 0) {
    ssize_t copied = ::sendfile(target.get(), source.get(), nullptr, static_cast<size_t>(size));
    if (copied < 0) throw_errno("copy up " + std::string(name));
    if (copied == 0) break;
    size -= copied;
  }
}

void copy_symlink(int from, int to, const char* name) {
  char target[PATH_MAX];
  ssize_t size = ::readlinkat(from, name, target, sizeof target - 1);
  if (size < 0) throw_errno("copy up " + std::string(name));
  target[size] = '\0';
  if (::symlinkat(target, to, name) < 0) throw_errno("copy up " + std::string(name));
}

void copy_directory(Fd from, int to, dev_t device);

void copy_entry(int from, int to, const char* name, dev_t device) {
  struct stat status;
  if (::fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0) throw_errno("copy up " + std::string(name));
  if (status.st_dev != device) return;
  if (S_ISREG(status.st_mode)) {
    copy_file(from, to, name, status.st_size);
  } else if (S_ISLNK(status.st_mode)) {
    copy_symlink(from, to, name);
  } else if (S_ISDIR(status.st_mode)) {
    if (::mkdirat(to, name, 0700) < 0) throw_errno("copy up " + std::string(name));
    Fd inner = open_at(to, name, kOpenDirectory);
    copy_directory(open_at(from, name, kOpenDirectory), inner.get(), device);
  } else {
    return;
  }
  copy_owner(to, name, status);
}

void copy_directory(Fd from, int to, dev_t device) {
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(from.get()), ::closedir);
  if (!stream) throw_errno("copy up: read directory");
  int directory = from.release();
  while (const dirent* entry = ::readdir(stream.get())) {
    std::string_view name = entry->d_name;
    if (name != "." && name != "..") copy_entry(directory, to, entry->d_name, device);
  }
}

}  // namespace

void copy_up(const Fd& from, const Fd& to) {
  struct stat status;
  if (::fstat(from.get(), &status) < 0) throw_errno("copy up: stat");
  Fd target = open_at(to.get(), ".", kOpenDirectory);
  copy_directory(open_at(from.get(), ".", kOpenDirectory), target.get(), status.st_dev);
  if (::fchown(target.get(), status.st_uid, status.st_gid) < 0 ||
      ::fchmod(target.get(), status.st_mode & 07777) < 0)
    throw_errno("copy up: set owner and mode");
}

}  // namespace rundlet::runtime
