// An exclusive advisory lock on a file, held as long as the object lives; the kernel drops it when the process dies.
#pragma once

#include <optional>
#include <string>

#include "base/fd.h"

namespace rundlet::fs {

class FileLock {
 public:
  // nullopt when another process holds it. The file is created when missing.
  static std::optional<FileLock> try_acquire(const std::string& path);

 private:
  explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace rundlet::fs
