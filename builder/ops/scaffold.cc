#include "builder/ops/scaffold.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <set>

#include "base/error.h"

namespace rundlet::builder::ops {
namespace {

constexpr int kMaxSymlinks = 40;

std::deque<std::string> components_of(const std::string& path) {
  std::deque<std::string> parts;
  for (size_t at = 0; at < path.size();) {
    size_t end = std::min(path.find('/', at), path.size());
    std::string part = path.substr(at, end - at);
    if (!part.empty() && part != ".") parts.push_back(part);
    at = end + 1;
  }
  return parts;
}

std::string link_target(const fs::RootedPath& tree, const std::string& path) {
  Fd link = tree.open_path(path);
  char target[PATH_MAX];
  ssize_t size = ::readlinkat(link.get(), "", target, sizeof target);
  if (size < 0) throw_errno("read symlink " + path);
  return std::string(target, static_cast<size_t>(size));
}

std::string rest_of(const std::string& done, const std::deque<std::string>& rest) {
  std::string path = done;
  for (const std::string& part : rest) path += "/" + part;
  return fs::clean_path("/" + path);
}

void copy_attributes(const struct stat& info, const std::string& path) {
  if (::chown(path.c_str(), info.st_uid, info.st_gid) != 0) throw_errno("chown " + path);
  if (::chmod(path.c_str(), info.st_mode & 07777) != 0) throw_errno("chmod " + path);
  timespec times[] = {info.st_atim, info.st_mtim};
  if (::utimensat(AT_FDCWD, path.c_str(), times, 0) != 0) throw_errno("set times of " + path);
}

}  // namespace

std::string missing_path(const fs::RootedPath& tree, const std::string& path) {
  std::deque<std::string> rest = components_of(path);
  std::string done;
  for (int symlinks = 0; !rest.empty();) {
    std::string next = fs::clean_path(done + "/" + rest.front());
    if (!tree.exists(next)) return rest_of(done, rest);
    rest.pop_front();
    if (!S_ISLNK(tree.stat(next).st_mode)) {
      done = next;
      continue;
    }
    if (++symlinks > kMaxSymlinks) throw_errno(path, ELOOP);
    std::string target = link_target(tree, next);
    if (target.starts_with('/')) done.clear();
    auto inserted = components_of(target);
    rest.insert(rest.begin(), inserted.begin(), inserted.end());
  }
  return "";
}

bool make_scaffold(const fs::RootedPath& image, const std::vector<MountPoint>& points,
                   const std::string& directory) {
  std::set<std::string> mirrored;  // directories of the image, in order: parents first
  bool any = false;
  for (const MountPoint& point : points) {
    std::string path = missing_path(image, point.path);
    if (path.empty()) continue;
    any = true;
    std::string at;
    for (const std::string& part : components_of(path)) {
      at += "/" + part;
      bool last = at == path;
      bool exists = image.exists(at);
      if (exists) mirrored.insert(at);
      if (last && !point.is_directory) {
        open_file(directory + at, O_WRONLY | O_CREAT, 0644);
      } else if (::mkdir((directory + at).c_str(), 0755) != 0 && errno != EEXIST) {
        throw_errno("mkdir " + directory + at);
      }
    }
  }
  for (auto at = mirrored.rbegin(); at != mirrored.rend(); ++at)
    copy_attributes(image.stat(*at), directory + *at);
  if (any) copy_attributes(image.stat("/"), directory);
  return any;
}

}  // namespace rundlet::builder::ops
