#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <map>
#include <utility>

#include "base/codec/tar.h"
#include "base/error.h"
#include "base/fd.h"
#include "image-store/directory_names.h"
#include "image-store/layer.h"
#include "image-store/layer_path.h"
#include "image-store/layer_xattrs.h"

namespace rundlet::image_store {
namespace {

using codec::EntryType;
using codec::TarEntry;

constexpr size_t kCopyBuffer = 1u << 20;

// They say what the host thinks of the file, not what the file is.
bool belongs_to_host(const std::string& xattr) {
  return is_overlay_xattr(xattr) || xattr == "security.selinux" || xattr == "security.ima" ||
         xattr == "security.evm";
}

class LayerDiff {
 public:
  LayerDiff(codec::Sink& to, int64_t clamp_mtime)
      : tar_(to), clamp_(clamp_mtime), buffer_(kCopyBuffer, '\0') {}

  void run(const std::string& root) {
    walk(open_file(root, O_RDONLY | O_DIRECTORY).get(), "");
    tar_.finish();
  }

 private:
  void walk(int directory, const std::string& prefix);
  void add(int directory, const std::string& name, const std::string& path);
  void add_directory(int parent, const std::string& name, TarEntry entry);
  void add_file(int directory, const std::string& name, const TarEntry& entry);
  void add_marker(const std::string& path);
  // True when the inode was in the archive before; the entry has become a link to it then.
  bool link_to_earlier(const struct stat& st, TarEntry& entry);
  TarEntry entry_of(int directory, const std::string& name, const std::string& path, const struct stat& st);
  Xattrs kept_xattrs(const std::string& path);
  TimePoint clamped(const timespec& mtime) const;

  codec::TarWriter tar_;
  int64_t clamp_;
  std::string buffer_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;
};

EntryType type_of(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return EntryType::directory;
    case S_IFLNK:
      return EntryType::symlink;
    case S_IFCHR:
      return EntryType::char_device;
    case S_IFBLK:
      return EntryType::block_device;
    case S_IFIFO:
      return EntryType::fifo;
    default:
      return EntryType::file;
  }
}

std::string read_link(int directory, const std::string& name) {
  std::string target(PATH_MAX, '\0');
  ssize_t size = ::readlinkat(directory, name.c_str(), target.data(), target.size());
  if (size < 0) throw_errno("read symlink");
  target.resize(static_cast<size_t>(size));
  return target;
}

TimePoint LayerDiff::clamped(const timespec& mtime) const {
  int64_t seconds = mtime.tv_sec;
  if (clamp_ >= 0) seconds = std::min(seconds, clamp_);
  return from_unix_nanos(seconds * 1'000'000'000);
}

Xattrs LayerDiff::kept_xattrs(const std::string& path) {
  Xattrs xattrs = read_xattrs(path);
  for (const char* name : {"trusted.overlay.redirect", "trusted.overlay.metacopy"})
    if (xattrs.contains(name))
      throw_error(ErrorCode::failed_precondition,
                  std::string("overlayfs left ") + name + " behind: the tree is not whole");
  std::erase_if(xattrs, [](const auto& xattr) { return belongs_to_host(xattr.first); });
  return xattrs;
}

TarEntry LayerDiff::entry_of(int directory, const std::string& name, const std::string& path,
                             const struct stat& st) {
  TarEntry entry;
  entry.path = path;
  entry.type = type_of(st.st_mode);
  entry.mode = st.st_mode & 07777;
  entry.uid = st.st_uid;
  entry.gid = st.st_gid;
  entry.mtime = clamped(st.st_mtim);
  entry.xattrs = kept_xattrs(path_at(directory, name));
  if (entry.type == EntryType::file) entry.size = static_cast<uint64_t>(st.st_size);
  if (entry.type == EntryType::symlink) entry.link_target = read_link(directory, name);
  if (entry.type == EntryType::char_device || entry.type == EntryType::block_device) {
    entry.dev_major = major(st.st_rdev);
    entry.dev_minor = minor(st.st_rdev);
  }
  return entry;
}

bool LayerDiff::link_to_earlier(const struct stat& st, TarEntry& entry) {
  if (st.st_nlink < 2) return false;
  auto [earlier, first] = linked_.try_emplace({st.st_dev, st.st_ino}, entry.path);
  if (first) return false;
  entry.type = EntryType::hardlink;
  entry.link_target = earlier->second;
  entry.size = 0;
  entry.xattrs.clear();
  return true;
}

// Whiteouts and opaque markers: empty files whose attributes mean nothing, so they are always the same.
void LayerDiff::add_marker(const std::string& path) {
  TarEntry marker;
  marker.path = path;
  marker.mode = 0600;
  tar_.begin(marker);
}

void LayerDiff::add_file(int directory, const std::string& name, const TarEntry& entry) {
  tar_.begin(entry);
  Fd file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) throw_errno("open");
  uint64_t left = entry.size;
  while (left > 0) {
    ssize_t n = ::read(file.get(), buffer_.data(), std::min<uint64_t>(buffer_.size(), left));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("read");
    if (n == 0) throw_error(ErrorCode::failed_precondition, "the file shrank while it was read");
    tar_.write(std::string_view(buffer_).substr(0, static_cast<size_t>(n)));
    left -= static_cast<uint64_t>(n);
  }
}

void LayerDiff::add_directory(int parent, const std::string& name, TarEntry entry) {
  Fd directory(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) throw_errno("open directory");
  std::string prefix = entry.path + "/";
  bool opaque = is_opaque(path_at(directory.get()));
  entry.path = prefix;
  tar_.begin(entry);
  if (opaque) add_marker(prefix + std::string(kOpaqueName));
  walk(directory.get(), prefix);
}

void LayerDiff::add(int directory, const std::string& name, const std::string& path) {
  struct stat st {};
  if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0) throw_errno("stat");
  if (S_ISSOCK(st.st_mode)) return;
  if (path.size() >= PATH_MAX) throw_error(ErrorCode::failed_precondition, "the path is too long");
  if (is_whiteout(st)) {
    std::string above(path, 0, path.size() - name.size());
    return add_marker(above + std::string(kWhiteoutPrefix) + name);
  }
  if (name.starts_with(kWhiteoutPrefix))
    throw_error(ErrorCode::failed_precondition, "a layer cannot carry a name that begins with .wh.");
  TarEntry entry = entry_of(directory, name, path, st);
  if (entry.type == EntryType::directory) return add_directory(directory, name, std::move(entry));
  if (link_to_earlier(st, entry)) return tar_.begin(entry);
  if (entry.type == EntryType::file) return add_file(directory, name, entry);
  tar_.begin(entry);
}

void LayerDiff::walk(int directory, const std::string& prefix) {
  for (const std::string& name : names_in_directory(directory)) {
    try {
      add(directory, name, prefix + name);
    } catch (const Error& e) {
      if (e.message().starts_with('/')) throw;  // named further down
      throw e.with_context("/" + prefix + name);
    }
  }
}

}  // namespace

void diff_layer(const std::string& directory, codec::Sink& to, int64_t clamp_mtime) {
  LayerDiff(to, clamp_mtime).run(directory);
}

}  // namespace rundlet::image_store
