#include "base/fs/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "base/error.h"

namespace rundlet::fs {

std::optional<FileLock> FileLock::try_acquire(const std::string& path) {
  Fd file = open_file(path, O_RDWR | O_CREAT, 0600);
  while (::flock(file.get(), LOCK_EX | LOCK_NB) < 0) {
    if (errno == EWOULDBLOCK) return std::nullopt;
    if (errno != EINTR) throw_errno("lock " + path);
  }
  return FileLock(std::move(file));
}

}  // namespace rundlet::fs
