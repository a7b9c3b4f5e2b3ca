#include "base/fs/rooted_path.h"

#include <fcntl.h>

#include <cerrno>
#include <climits>
#include <deque>

#include "base/error.h"
#include "base/fs/openat2.h"

namespace rundlet::fs {
namespace {

constexpr uint64_t kInRoot = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
constexpr int kMaxSymlinks = 40;  // as the kernel's own limit

// The path for error messages, as somebody inside the tree would write it.
std::string shown(std::string_view path) {
  std::string text(path);
  return text.starts_with('/') ? text : '/' + text;
}

std::string checked(std::string_view path) {
  if (path.find('\0') != path.npos)
    throw_invalid("path contains a NUL byte: " + shown(path.substr(0, path.find('\0'))));
  return path.empty() ? "." : std::string(path);
}

Fd open_in(int root, std::string_view path, int flags, unsigned mode = 0) {
  return openat2(root, checked(path).c_str(), flags, mode, kInRoot);
}

std::deque<std::string> components_of(std::string_view path) {
  std::deque<std::string> parts;
  while (!path.empty()) {
    size_t slash = std::min(path.find('/'), path.size());
    std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return parts;
}

// The target when the entry is a symlink, "" otherwise.
std::string read_link(int directory, const std::string& name) {
  char target[PATH_MAX];
  ssize_t size = ::readlinkat(directory, name.c_str(), target, sizeof target);
  return size < 0 ? "" : std::string(target, static_cast<size_t>(size));
}

// Makes one directory and hands it over; EEXIST is no error: somebody else may be making the same one.
void make_one(const Fd& parent, const std::string& name, const std::string& path, unsigned mode, unsigned uid,
              unsigned gid) {
  if (::mkdirat(parent.get(), name.c_str(), mode) < 0) {
    if (errno == EEXIST) return;
    throw_errno("mkdir " + shown(path));
  }
  Fd made = openat2(parent.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW, 0,
                    RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
  if (!made) throw_errno("open " + shown(path));
  if (::fchownat(made.get(), "", uid, gid, AT_EMPTY_PATH) < 0) throw_errno("chown " + shown(path));
}

}  // namespace

RootedPath::RootedPath(const std::string& root) : root_(open_file(root, O_PATH | O_DIRECTORY)) {}

Fd RootedPath::open(std::string_view path, int flags, unsigned mode) const {
  Fd fd = open_in(root_.get(), path, flags, mode);
  if (!fd) throw_errno("open " + shown(path));
  return fd;
}

Fd RootedPath::open_path(std::string_view path) const {
  return open(path, O_PATH | O_NOFOLLOW);
}

RootedPath::Parent RootedPath::parent_of(std::string_view path) const {
  std::string_view rest = path;
  while (rest.ends_with('/') || rest == "." || rest.ends_with("/.")) rest.remove_suffix(1);
  size_t slash = rest.rfind('/');
  std::string_view name = slash == rest.npos ? rest : rest.substr(slash + 1);
  if (name.empty() || name == "..") throw_invalid("path names no entry of a directory: " + shown(path));
  std::string_view directory = slash == rest.npos ? std::string_view(".") : rest.substr(0, slash + 1);
  return {open(directory, O_PATH | O_DIRECTORY), checked(name)};
}

// Goes down component by component. `done` is the part that exists already, written as the kernel resolves
// it.
Fd RootedPath::make_directories(std::string_view path, unsigned mode, unsigned uid, unsigned gid) const {
  std::deque<std::string> rest = components_of(checked(path));
  std::string done = ".";
  Fd directory = open(done, O_PATH | O_DIRECTORY);
  for (int symlinks = 0; !rest.empty();) {
    std::string next = done + '/' + rest.front();
    Fd found = open_in(root_.get(), next, O_PATH | O_DIRECTORY);
    if (!found && errno == ENOENT) {
      make_one(directory, rest.front(), next.substr(1), mode, uid, gid);
      found = open_in(root_.get(), next, O_PATH | O_DIRECTORY);
    }
    if (found) {
      directory = std::move(found);
      done = std::move(next);
      rest.pop_front();
      continue;
    }
    int error = errno;
    std::string target = read_link(directory.get(), rest.front());
    if (error != ENOENT || target.empty()) throw_errno("mkdir " + shown(path), error);
    if (++symlinks > kMaxSymlinks) throw_errno("mkdir " + shown(path), ELOOP);
    // A symlink whose target is still to be made: go on along the target.
    std::deque<std::string> inserted = components_of(target);
    rest.pop_front();
    rest.insert(rest.begin(), inserted.begin(), inserted.end());
    if (target.starts_with('/')) done = ".";
    directory = open(done, O_PATH | O_DIRECTORY);
  }
  return directory;
}

struct stat RootedPath::stat(std::string_view path) const {
  Fd fd = open_in(root_.get(), path, O_PATH | O_NOFOLLOW);
  if (!fd && errno == ENOTDIR)
    throw Error(ErrorCode::not_found, "lstat " + shown(path) + ": not a directory", ENOTDIR);
  struct stat result;
  if (!fd || ::fstat(fd.get(), &result) < 0) throw_errno("lstat " + shown(path));
  return result;
}

bool RootedPath::exists(std::string_view path) const {
  if (open_in(root_.get(), path, O_PATH | O_NOFOLLOW)) return true;
  if (errno != ENOENT && errno != ENOTDIR) throw_errno("lstat " + shown(path));
  return false;
}

std::string fd_path(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

std::string clean_path(std::string_view path) {
  bool rooted = path.starts_with('/');
  std::deque<std::string> kept;
  for (std::string& part : components_of(path)) {
    if (part != "..") {
      kept.push_back(std::move(part));
    } else if (!kept.empty() && kept.back() != "..") {
      kept.pop_back();
    } else if (!rooted) {
      kept.push_back("..");
    }
  }
  std::string clean = rooted ? "/" : "";
  for (const std::string& part : kept) {
    if (!clean.empty() && clean.back() != '/') clean += '/';
    clean += part;
  }
  return clean.empty() ? "." : clean;
}

}  // namespace rundlet::fs
