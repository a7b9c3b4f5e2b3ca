#include "base/fs/openat2.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace rundlet::fs {

Fd openat2(int directory, const char* path, int flags, unsigned mode, uint64_t resolve) {
  constexpr int kAttempts = 128;  // a tree that is renamed all the time must not hold us for ever
  bool creates = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
  open_how how{};
  how.flags = static_cast<uint64_t>(flags) | O_CLOEXEC;
  how.mode = creates ? mode & 07777 : 0;  // the kernel refuses a mode that means nothing
  how.resolve = resolve;
  for (int attempt = 0;; ++attempt) {
    long fd = ::syscall(SYS_openat2, directory, path, &how, sizeof how);
    if (fd >= 0) return Fd(static_cast<int>(fd));
    if (errno != EINTR && (errno != EAGAIN || attempt >= kAttempts)) return Fd();
  }
}

}  // namespace rundlet::fs
