#include "builder/ops/extract.h"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/codec/tar.h"
#include "base/error.h"
#include "builder/ops/xattrs.h"

namespace rundlet::builder::ops {
namespace {

using codec::EntryType;
using codec::TarEntry;

timespec to_timespec(TimePoint time) {
  int64_t nanos = unix_nanos(time);
  int64_t seconds = nanos / 1'000'000'000 - (nanos % 1'000'000'000 < 0 ? 1 : 0);
  return {seconds, nanos - seconds * 1'000'000'000};
}

class Extractor {
 public:
  Extractor(const fs::RootedPath& to, std::string directory, const std::optional<image_store::Owner>& owner)
      : to_(to), directory_(std::move(directory)), owner_(owner) {
    to_.make_directories(directory_);
  }

  void add(const TarEntry& entry, codec::TarReader& content) {
    std::string path = below(entry.path);
    if (path == directory_) return;  // "./"
    if (entry.type == EntryType::directory) {
      add_directory(entry, path);
    } else {
      add_other(entry, path, content);
    }
  }
  // Times of directories last: making what is in them changes them.
  void finish() {
    for (auto at = directories_.rbegin(); at != directories_.rend(); ++at) {
      Fd fd = to_.open(at->first, O_PATH | O_DIRECTORY);
      set_times(fd.get(), at->second);
    }
  }

 private:
  // Cleaned as an absolute path first, so that ".." goes no higher than the directory.
  std::string below(const std::string& path) const {
    return fs::clean_path(directory_ + fs::clean_path("/" + path));
  }

  void add_directory(const TarEntry& entry, const std::string& path) {
    Fd fd = to_.make_directories(path);
    set_attributes(fd.get(), entry);
    directories_.emplace_back(path, entry.mtime);
  }

  void add_other(const TarEntry& entry, const std::string& path, codec::TarReader& content) {
    to_.make_directories(path.substr(0, path.rfind('/') + 1));
    auto at = to_.parent_of(path);
    if (::unlinkat(at.directory.get(), at.name.c_str(), 0) != 0 && errno != ENOENT) {
      throw_errno("replace " + path);
    }
    if (entry.type == EntryType::hardlink) return link(entry, at);
    create(entry, at, content);
    Fd fd(::openat(at.directory.get(), at.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) throw_errno("open " + path);
    set_attributes(fd.get(), entry);
    set_times(fd.get(), entry.mtime);
  }

  void link(const TarEntry& entry, const fs::RootedPath::Parent& at) {
    auto target = to_.parent_of(below(entry.link_target));
    if (::linkat(target.directory.get(), target.name.c_str(), at.directory.get(), at.name.c_str(), 0) != 0) {
      throw_errno("link to " + entry.link_target);
    }
  }

  void create(const TarEntry& entry, const fs::RootedPath::Parent& at, codec::TarReader& content) {
    if (entry.type == EntryType::file) return write_file(entry, at, content);
    if (entry.type == EntryType::symlink) {
      if (::symlinkat(entry.link_target.c_str(), at.directory.get(), at.name.c_str()) != 0)
        throw_errno("symlink");
      return;
    }
    mode_t type = entry.type == EntryType::fifo          ? S_IFIFO
                  : entry.type == EntryType::char_device ? S_IFCHR
                                                         : S_IFBLK;
    dev_t device = makedev(entry.dev_major, entry.dev_minor);
    if (type == S_IFCHR && device == 0) throw_invalid("a character device 0/0 cannot be extracted");
    if (::mknodat(at.directory.get(), at.name.c_str(), type | 0600, device) != 0) throw_errno("mknod");
  }

  void write_file(const TarEntry& entry, const fs::RootedPath::Parent& at, codec::TarReader& content) {
    int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    Fd file(::openat(at.directory.get(), at.name.c_str(), flags, 0600));
    if (!file) throw_errno("create");
    while (auto block = content.next_block()) {
      if (::lseek(file.get(), static_cast<off_t>(block->offset), SEEK_SET) < 0) throw_errno("seek");
      write_all(file.get(), block->data);
    }
    if (::ftruncate(file.get(), static_cast<off_t>(entry.size)) != 0) throw_errno("set file size");
  }

  void set_attributes(int fd, const TarEntry& entry) const {
    image_store::Owner owner = owner_.value_or(image_store::Owner{entry.uid, entry.gid});
    if (::fchownat(fd, "", owner.uid, owner.gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0)
      throw_errno("chown");
    if (entry.type == EntryType::symlink) return;
    if (::chmod(fs::fd_path(fd).c_str(), entry.mode & 07777) != 0) throw_errno("chmod");
    Xattrs wanted = entry.xattrs;
    std::erase_if(wanted, [](const auto& xattr) { return xattr.first.starts_with("trusted.overlay."); });
    set_xattrs(fd, wanted);
  }

  static void set_times(int fd, TimePoint mtime) {
    timespec times[] = {to_timespec(mtime), to_timespec(mtime)};
    if (::utimensat(fd, "", times, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) != 0) throw_errno("set file times");
  }

  const fs::RootedPath& to_;
  std::string directory_;
  std::optional<image_store::Owner> owner_;
  std::vector<std::pair<std::string, TimePoint>> directories_;
};

void extract_all(codec::TarReader& reader, std::optional<TarEntry> entry, Extractor extractor,
                 const std::string& name) {
  for (; entry; entry = reader.next()) {
    try {
      extractor.add(*entry, reader);
    } catch (const Error& e) {
      throw e.with_context(name + ": " + entry->path);
    }
  }
  extractor.finish();
}

}  // namespace

void extract_stream(std::unique_ptr<codec::Source> archive, const fs::RootedPath& to, const std::string& path,
                    const std::optional<image_store::Owner>& owner) {
  auto source = codec::decompressing_source(std::move(archive));
  codec::TarReader reader(*source);
  auto first = reader.next();
  extract_all(reader, std::move(first), Extractor(to, fs::clean_path("/" + path), owner), "archive");
  char rest[16 * 1024];
  while (source->read(rest, sizeof rest) > 0) continue;
}

bool extract_archive(const Selected& file, const fs::RootedPath& to, const std::string& path,
                     const std::optional<image_store::Owner>& owner) {
  if (!S_ISREG(file.info.st_mode)) return false;
  Fd fd = open_file(fs::fd_path(file.fd.get()), O_RDONLY | O_NONBLOCK);
  std::unique_ptr<codec::Source> source;
  std::unique_ptr<codec::TarReader> reader;
  std::optional<TarEntry> entry;
  try {
    source = codec::decompressing_source(codec::fd_source(fd.get()));
    reader = std::make_unique<codec::TarReader>(*source);
    entry = reader->next();
  } catch (const Error& e) {
    if (e.code() != ErrorCode::invalid_argument) throw;
  }
  if (!entry) return false;
  extract_all(*reader, std::move(entry), Extractor(to, fs::clean_path("/" + path), owner), file.path);
  return true;
}

}  // namespace rundlet::builder::ops
