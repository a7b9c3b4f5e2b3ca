#include "image-store/directory_names.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/error.h"
#include "base/fd.h"

namespace rundlet::image_store {

std::vector<std::string> names_in_directory(const std::string& path) {
  return names_in_directory(open_file(path, O_RDONLY | O_DIRECTORY).get());
}

std::vector<std::string> names_in_directory(int fd) {
  Fd own(::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // a read position of its own
  if (!own) throw_errno("open directory");
  std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own.get()), ::closedir);
  if (!stream) throw_errno("open directory");
  own.release();
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr && errno != 0) throw_errno("read directory");
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace rundlet::image_store
