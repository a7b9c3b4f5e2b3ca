#include "base/fs/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/random.h"

namespace rundlet::fs {
namespace {

std::string parent_name(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

void write_durably(const std::string& path, std::string_view data, unsigned mode) {
  Fd file = open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  if (::fchmod(file.get(), mode) < 0) throw_errno("chmod " + path);  // the umask has no say
  write_all(file.get(), data);
  if (::fsync(file.get()) < 0) throw_errno("fsync " + path);
}

bool is_directory(const std::string& path) {
  struct stat found;
  return ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

}  // namespace

void write_file_atomic(const std::string& path, std::string_view data, unsigned mode) {
  std::string directory = parent_name(path);
  std::string temporary = directory + "/." + base_name(path) + ".tmp-" + random_hex(8);
  try {
    write_durably(temporary, data, mode);
    crash_point("atomic_file.before_rename");
    if (::rename(temporary.c_str(), path.c_str()) < 0) throw_errno("rename to " + path);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  crash_point("atomic_file.after_rename");
  fsync_directory(directory);
}

void fsync_directory(const std::string& path) {
  Fd directory = open_file(path, O_RDONLY | O_DIRECTORY);
  if (::fsync(directory.get()) < 0) throw_errno("fsync " + path);
}

void make_directories(const std::string& path, unsigned mode) {
  for (size_t end = 0; end < path.size();) {
    end = std::min(path.find('/', end + 1), path.size());
    std::string part = path.substr(0, end);
    if (::mkdir(part.c_str(), mode) == 0) continue;
    int error = errno;
    if (!is_directory(part)) throw_errno("mkdir " + part, error);
  }
}

}  // namespace rundlet::fs
