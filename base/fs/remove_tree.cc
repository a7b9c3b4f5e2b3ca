#include "base/fs/remove_tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/fs/tree_walk.h"

namespace rundlet::fs {
namespace {

// A tree's place: the open directory that holds it, and its name there.
struct Place {
  Fd parent;  // empty: there is no such tree
  std::string name;
};

Place place_of(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  size_t slash = path.rfind('/');
  std::string name = path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") throw_invalid("not the name of a tree: \"" + path + "\"");
  std::string parent = slash == path.npos ? "." : path.substr(0, slash + 1);
  int fd = ::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 && errno != ENOENT && errno != ENOTDIR) throw_errno("open " + parent);
  return {Fd(fd), std::move(name)};
}

class Remover : public TreeWalk {
 public:
  explicit Remover(std::string parent) : parent_(std::move(parent)) {}

 protected:
  void visit(int directory, const std::string& name) override {
    if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) return;
    fail(name);
  }
  bool leave(int parent, const std::string& name) override {
    if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) {
      rescans_ = 0;
      return false;
    }
    // Some file systems skip entries while others are being removed, and somebody may still be writing.
    if (errno == ENOTEMPTY && ++rescans_ <= kMaxRescans) return true;
    fail(name);
  }
  void mount_point(const std::string& name) override {
    errno = EBUSY;
    fail(name);
  }

 private:
  static constexpr int kMaxRescans = 16;

  [[noreturn]] void fail(const std::string& name) const {
    int error = errno;
    std::string path = parent_ + path_of(name);
    if (error == EBUSY)
      throw Error(ErrorCode::failed_precondition, "remove " + path + ": it is a mount point", error);
    throw_errno("remove " + path, error);
  }

  std::string parent_;
  int rescans_ = 0;
};

class Sizer : public TreeWalk {
 public:
  long long total() const { return total_; }

 protected:
  void visit(int directory, const std::string& name) override {
    struct stat found;
    if (::fstatat(directory, name.c_str(), &found, AT_SYMLINK_NOFOLLOW) < 0) {
      if (errno == ENOENT) return;
      throw_errno("lstat " + path_of(name));
    }
    if (!S_ISREG(found.st_mode)) return;
    if (found.st_nlink == 1 || linked_.emplace(found.st_dev, found.st_ino).second) total_ += found.st_size;
  }
  bool leave(int, const std::string&) override { return false; }
  void mount_point(const std::string&) override {}

 private:
  long long total_ = 0;
  std::set<std::pair<dev_t, ino_t>> linked_;
};

}  // namespace

void remove_tree(const std::string& path) {
  Place place = place_of(path);
  if (!place.parent) return;
  Remover remover(path.substr(0, path.rfind(place.name)));
  remover.run(place.parent.get(), place.name);
}

long long tree_size(const std::string& path) {
  Place place = place_of(path);
  if (!place.parent) return 0;
  Sizer sizer;
  sizer.run(place.parent.get(), place.name);
  return sizer.total();
}

}  // namespace rundlet::fs
