#include "image-store/layer_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>

#include "base/error.h"
#include "base/fs/remove_tree.h"
#include "image-store/layer_xattrs.h"

namespace rundlet::image_store {
namespace {

using codec::EntryType;
using codec::TarEntry;

struct Times {
  timespec both[2];
};

Times times_of(TimePoint mtime) {
  int64_t nanos = unix_nanos(mtime);
  int64_t seconds = nanos / 1'000'000'000, rest = nanos % 1'000'000'000;
  if (rest < 0) rest += 1'000'000'000, --seconds;
  timespec t{seconds, rest};
  return {{t, t}};
}

mode_t permissions(const TarEntry& entry) {
  return entry.mode & 07777;
}

void write_block(int fd, const codec::TarReader::Block& block) {
  std::string_view data = block.data;
  uint64_t offset = block.offset;
  while (!data.empty()) {
    ssize_t n = ::pwrite(fd, data.data(), data.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("write");
    data.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
}

// Gaps between blocks stay holes.
void write_content(int fd, const TarEntry& entry, codec::TarReader& content) {
  uint64_t end = 0;
  while (auto block = content.next_block()) {
    end = block->offset + block->data.size();
    if (end > entry.size || end < block->offset) throw_invalid("more content than its header says");
    write_block(fd, *block);
  }
  if (end < entry.size && ::ftruncate(fd, static_cast<off_t>(entry.size)) < 0) throw_errno("set size");
}

// Symlinks have no mode of their own. chown comes first: it takes away setuid bits and capabilities.
void set_attributes(int parent, const std::string& name, const TarEntry& entry) {
  if (::fchownat(parent, name.c_str(), entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW) < 0) throw_errno("chown");
  if (entry.type != EntryType::symlink && ::fchmodat(parent, name.c_str(), permissions(entry), 0) < 0)
    throw_errno("chmod");
  write_xattrs(path_at(parent, name), entry.xattrs);
  if (::utimensat(parent, name.c_str(), times_of(entry.mtime).both, AT_SYMLINK_NOFOLLOW) < 0)
    throw_errno("set times");
}

mode_t node_type(EntryType type) {
  switch (type) {
    case EntryType::char_device:
      return S_IFCHR;
    case EntryType::block_device:
      return S_IFBLK;
    default:
      return S_IFIFO;
  }
}

}  // namespace

LayerWriter::LayerWriter(const std::string& directory) : directories_(directory) {}

void LayerWriter::add(const TarEntry& entry, codec::TarReader& content) {
  try {
    add_at(parse_layer_path(entry.path), entry, content);
  } catch (const Error& e) {
    throw e.with_context("layer entry \"" + entry.path + "\"");
  }
}

void LayerWriter::add_at(const LayerPath& at, const TarEntry& entry, codec::TarReader& content) {
  using Kind = LayerPath::Kind;
  if (at.kind == Kind::skipped) return;
  if (at.kind == Kind::root) return add_root(entry);
  if (at.kind == Kind::opaque) return set_opaque(path_at(directories_.open(at.directory)));
  if (at.kind == Kind::whiteout) return add_whiteout(at);
  if (entry.type == EntryType::hardlink) return add_hard_link(at, entry);
  int parent = directories_.open(at.directory);
  switch (entry.type) {
    case EntryType::directory:
      return add_directory(parent, at, entry);
    case EntryType::file:
      return add_file(parent, at, entry, content);
    case EntryType::symlink:
      return add_symlink(parent, at, entry);
    default:
      return add_node(parent, at, entry);
  }
}

void LayerWriter::add_root(const TarEntry& entry) {
  if (entry.type != EntryType::directory) throw_invalid("the layer's root is not a directory");
  root_seen_ = true;
  set_directory_attributes(directories_.open(""), "", entry);
}

// A whiteout speaks of the layers below only: what this layer itself has under the name stays, and hides
// them.
void LayerWriter::add_whiteout(const LayerPath& at) {
  int parent = directories_.open(at.directory);
  struct stat st {};
  if (::fstatat(parent, at.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0) {
    if (S_ISDIR(st.st_mode)) set_opaque(path_at(parent, at.name));
    return;
  }
  if (errno != ENOENT) throw_errno("stat");
  if (::mknodat(parent, at.name.c_str(), S_IFCHR, makedev(0, 0)) < 0) throw_errno("make whiteout");
}

void LayerWriter::clear_way(int parent, const LayerPath& at) {
  struct stat st {};
  if (::fstatat(parent, at.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0) throw_errno("stat");
  if (S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode)) directories_.forget();
  if (S_ISDIR(st.st_mode)) {
    std::string path = at.full();
    fs::remove_tree(path_at(parent, at.name));
    auto below = [&](auto& named) {
      named.erase(named.lower_bound(path + "/"), named.lower_bound(path + "0"));
    };
    times_.erase(path), below(times_);
    directories_.implied().erase(path), below(directories_.implied());
  } else if (::unlinkat(parent, at.name.c_str(), 0) < 0) {
    throw_errno("replace");
  }
}

template <class Create>
int LayerWriter::create(int parent, const LayerPath& at, const Create& call) {
  int result = call();
  if (result >= 0) return result;
  if (errno != EEXIST) throw_errno("create");
  clear_way(parent, at);
  result = call();
  if (result < 0) throw_errno("create");
  return result;
}

void LayerWriter::set_directory_attributes(int fd, const std::string& path, const TarEntry& entry) {
  if (::fchown(fd, entry.uid, entry.gid) < 0) throw_errno("chown");
  if (::fchmod(fd, permissions(entry)) < 0) throw_errno("chmod");
  write_xattrs(path_at(fd), entry.xattrs);
  directories_.implied().erase(path);
  times_[path] = entry.mtime;
}

void LayerWriter::add_directory(int parent, const LayerPath& at, const TarEntry& entry) {
  struct stat st {};
  bool there = ::fstatat(parent, at.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
  bool replaces = there && !S_ISDIR(st.st_mode);
  if (replaces) clear_way(parent, at);
  bool created = false;
  Fd made = directories_.make(parent, at.name, 0700, created);
  // What it replaces (a whiteout, a file) hid the directory of that name in the layers below; so must the new
  // one.
  if (replaces) set_opaque(path_at(made.get()));
  set_directory_attributes(made.get(), at.full(), entry);
  directories_.remember(at.full(), std::move(made));
}

void LayerWriter::add_file(int parent, const LayerPath& at, const TarEntry& entry,
                           codec::TarReader& content) {
  Fd file(create(parent, at, [&] {
    return ::openat(parent, at.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  }));
  write_content(file.get(), entry, content);
  content_bytes_ += entry.size;
  if (::fchown(file.get(), entry.uid, entry.gid) < 0) throw_errno("chown");
  if (::fchmod(file.get(), permissions(entry)) < 0) throw_errno("chmod");
  if (!entry.xattrs.empty()) write_xattrs(path_at(parent, at.name), entry.xattrs);
  if (::futimens(file.get(), times_of(entry.mtime).both) < 0) throw_errno("set times");
}

void LayerWriter::add_symlink(int parent, const LayerPath& at, const TarEntry& entry) {
  create(parent, at, [&] { return ::symlinkat(entry.link_target.c_str(), parent, at.name.c_str()); });
  set_attributes(parent, at.name, entry);
}

void LayerWriter::add_node(int parent, const LayerPath& at, const TarEntry& entry) {
  dev_t device = makedev(entry.dev_major, entry.dev_minor);
  if (entry.type == EntryType::fifo) device = 0;
  create(parent, at,
         [&] { return ::mknodat(parent, at.name.c_str(), node_type(entry.type) | 0600, device); });
  set_attributes(parent, at.name, entry);
}

void LayerWriter::add_hard_link(const LayerPath& at, const TarEntry& entry) {
  LayerPath target = parse_layer_path(entry.link_target);
  if (target.kind != LayerPath::Kind::entry || target.full() == at.full())
    throw_invalid("hard link to \"" + entry.link_target + "\"");
  // A descriptor of its own: opening the other directory may push the first one out of the cache.
  Fd from = directories_.find(target.directory);
  int parent = directories_.open(at.directory);
  struct stat st {};
  if (!from || ::fstatat(from.get(), target.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0 || is_whiteout(st))
    throw_invalid("the hard link's target \"" + entry.link_target + "\" is not in this layer");
  if (S_ISDIR(st.st_mode)) throw_invalid("hard link to the directory \"" + entry.link_target + "\"");
  create(parent, at, [&] { return ::linkat(from.get(), target.name.c_str(), parent, at.name.c_str(), 0); });
}

std::vector<std::string> LayerWriter::finish() {
  for (const auto& [path, mtime] : times_) {
    Fd directory = directories_.find(path);
    // Reached through a symlink that the archive later replaced: there is nothing to set any more.
    if (!directory && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP)) continue;
    if (!directory) throw_errno("open directory /" + path);
    if (::futimens(directory.get(), times_of(mtime).both) < 0) throw_errno("set times of /" + path);
  }
  std::vector<std::string> implied(directories_.implied().begin(), directories_.implied().end());
  if (!root_seen_) implied.insert(implied.begin(), "");
  return implied;
}

}  // namespace rundlet::image_store
