// digest_of: a tree is digested as the sorted lines of its entries.
#include <fcntl.h>
#include <fmt/format.h>
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/codec/sha256.h"
#include "base/error.h"
#include "base/fs/tree_walk.h"
#include "builder/ops/select.h"
#include "builder/ops/xattrs.h"
#include "image-store/layer_xattrs.h"

namespace rundlet::builder::ops {
namespace {

std::string content_digest(int fd) {
  codec::Sha256 hash;
  static thread_local std::string buffer(256 * 1024, '\0');
  for (;;) {
    ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_errno("read a source file");
    if (count == 0) return hash.hex();
    hash.update(std::string_view(buffer).substr(0, static_cast<size_t>(count)));
  }
}

std::string link_target(int directory, const std::string& name) {
  char target[PATH_MAX];
  ssize_t size = ::readlinkat(directory, name.c_str(), target, sizeof target);
  if (size < 0) throw_errno("read symlink " + name);
  return std::string(target, static_cast<size_t>(size));
}

class TreeLines : public fs::TreeWalk {
 public:
  explicit TreeLines(bool with_owner) : with_owner_(with_owner) {}

  void add(const std::string& path, int directory, const std::string& name) {
    struct stat info;
    if (::fstatat(directory, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) throw_errno("stat " + path);
    std::string line = fmt::format("{} {:o}", codec::sha256_hex(path), info.st_mode);
    if (with_owner_) line += fmt::format(" {}:{}", info.st_uid, info.st_gid);
    if (S_ISREG(info.st_mode)) {
      Fd file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
      if (!file) throw_errno("open " + path);
      line += " " + content_digest(file.get());
    } else if (S_ISLNK(info.st_mode)) {
      line += " " + codec::sha256_hex(link_target(directory, name));
    } else if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) {
      line += fmt::format(" {}", info.st_rdev);
    }
    for (const auto& [key, value] : image_store::read_xattrs(image_store::path_at(directory, name))) {
      if (image_store::is_overlay_xattr(key)) continue;
      line += fmt::format(" {}={}", codec::sha256_hex(key), codec::sha256_hex(value));
    }
    lines_.push_back(std::move(line));
  }
  std::string digest() {
    std::sort(lines_.begin(), lines_.end());
    codec::Sha256 hash;
    for (const std::string& line : lines_) hash.update(line + "\n");
    return hash.hex();
  }

 protected:
  void visit(int directory, const std::string& name) override { add(path_of(name), directory, name); }
  bool leave(int parent, const std::string& name) override {
    if (name != ".") add(path_of(name), parent, name);
    return false;
  }
  void mount_point(const std::string& name) override {
    throw_error(ErrorCode::failed_precondition, path_of(name) + " is a mount point");
  }

 private:
  bool with_owner_;
  std::vector<std::string> lines_;
};

// Of a directory only what is in it counts: that is all that is copied.
std::string digest_of_one(const Selected& selected, bool with_owner) {
  if (selected.is_directory()) {
    TreeLines lines(with_owner);
    lines.run(selected.fd.get(), ".");
    return "directory " + lines.digest();
  }
  std::string line = fmt::format("file {} {:o}", codec::sha256_hex(selected.name), selected.info.st_mode);
  if (with_owner) line += fmt::format(" {}:{}", selected.info.st_uid, selected.info.st_gid);
  for (const auto& [key, value] : xattrs_of(selected.fd.get())) {
    line += fmt::format(" {}={}", codec::sha256_hex(key), codec::sha256_hex(value));
  }
  if (!S_ISREG(selected.info.st_mode)) return line + fmt::format(" {}", selected.info.st_rdev);
  Fd file = open_file(fs::fd_path(selected.fd.get()), O_RDONLY | O_NONBLOCK);
  return line + " " + content_digest(file.get());
}

}  // namespace

std::string digest_of(const std::vector<Selected>& selected, bool with_owner) {
  codec::Sha256 hash;
  for (const Selected& one : selected) hash.update(digest_of_one(one, with_owner) + "\n");
  return hash.hex();
}

}  // namespace rundlet::builder::ops
