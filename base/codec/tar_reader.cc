#include <archive_entry.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/codec/archive_input.h"
#include "base/codec/tar.h"
#include "base/error.h"

namespace rundlet::codec {
namespace {

// libarchive hands names over as they stand in the archive when it cannot translate them to the locale's
// character set (it warns then), and nobody here calls setlocale: so these are the raw bytes.
std::string text(const char* value) {
  return value == nullptr ? "" : value;
}

uint32_t in_range(int64_t value, const char* what, const std::string& path) {
  if (value < 0 || value > std::numeric_limits<uint32_t>::max())
    throw_invalid("tar entry " + path + ": " + what + " " + std::to_string(value) + " is out of range");
  return static_cast<uint32_t>(value);
}

TimePoint time_of(archive_entry* entry) {
  constexpr int64_t kLimit = std::numeric_limits<int64_t>::max() / 1'000'000'000 - 1;  // the year 2262
  int64_t seconds = std::clamp<int64_t>(::archive_entry_mtime(entry), -kLimit, kLimit);
  int64_t nanos = ::archive_entry_mtime_nsec(entry);
  // libarchive reads the fraction of "-2.75" as if it had no sign.
  return from_unix_nanos(seconds * 1'000'000'000 + (seconds < 0 ? -nanos : nanos));
}

EntryType type_of(archive_entry* entry, const std::string& path) {
  if (::archive_entry_hardlink(entry) != nullptr) return EntryType::hardlink;
  switch (::archive_entry_filetype(entry)) {
    case AE_IFREG:
      return EntryType::file;
    case AE_IFDIR:
      return EntryType::directory;
    case AE_IFLNK:
      return EntryType::symlink;
    case AE_IFCHR:
      return EntryType::char_device;
    case AE_IFBLK:
      return EntryType::block_device;
    case AE_IFIFO:
      return EntryType::fifo;
    default:
      throw_invalid("tar entry " + path + " is of an unknown type");
  }
}

std::map<std::string, std::string> xattrs_of(archive_entry* entry) {
  std::map<std::string, std::string> xattrs;
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  ::archive_entry_xattr_reset(entry);
  while (::archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
    xattrs.emplace(name, std::string(static_cast<const char*>(value), size));
  return xattrs;
}

TarEntry entry_of(archive_entry* from) {
  TarEntry entry;
  entry.path = text(::archive_entry_pathname(from));
  if (entry.path.empty()) throw_invalid("tar entry without a name");
  entry.type = type_of(from, entry.path);
  entry.mode = ::archive_entry_perm(from) & 07777;
  entry.uid = in_range(::archive_entry_uid(from), "uid", entry.path);
  entry.gid = in_range(::archive_entry_gid(from), "gid", entry.path);
  entry.user = text(::archive_entry_uname(from));
  entry.group = text(::archive_entry_gname(from));
  if (entry.type == EntryType::file)
    entry.size = static_cast<uint64_t>(std::max<int64_t>(0, ::archive_entry_size(from)));
  entry.mtime = time_of(from);
  if (entry.type == EntryType::hardlink) entry.link_target = text(::archive_entry_hardlink(from));
  if (entry.type == EntryType::symlink) entry.link_target = text(::archive_entry_symlink(from));
  entry.dev_major = static_cast<uint32_t>(::archive_entry_rdevmajor(from));
  entry.dev_minor = static_cast<uint32_t>(::archive_entry_rdevminor(from));
  entry.xattrs = xattrs_of(from);
  return entry;
}

}  // namespace

struct TarReader::State {
  explicit State(Source& source) : from(source), input(source) {
    ::archive_read_support_format_tar(input.get());
    ::archive_read_support_format_empty(input.get());
    input.open();
  }

  // What stands behind the end-of-archive marker belongs to the stream: its reader may be hashing it, and a
  // compression checks its sum at its end.
  void drain() {
    std::vector<char> buffer(65536);
    while (from.read(buffer.data(), buffer.size()) > 0) continue;
  }

  Source& from;
  ArchiveInput input;
  bool at_end = false;
  bool in_file = false;
};

TarReader::TarReader(Source& from) : state_(std::make_unique<State>(from)) {}
TarReader::~TarReader() = default;

std::optional<TarEntry> TarReader::next() {
  if (state_->at_end) return std::nullopt;
  archive_entry* found = nullptr;
  int result = ::archive_read_next_header(state_->input.get(), &found);
  if (result == ARCHIVE_EOF) {
    state_->at_end = true;
    state_->in_file = false;
    state_->drain();
    return std::nullopt;
  }
  if (result != ARCHIVE_OK && result != ARCHIVE_WARN) state_->input.fail("malformed tar");
  TarEntry entry = entry_of(found);
  state_->in_file = entry.type == EntryType::file;
  return entry;
}

std::optional<TarReader::Block> TarReader::next_block() {
  if (!state_->in_file) return std::nullopt;
  const void* data = nullptr;
  size_t size = 0;
  la_int64_t offset = 0;
  do {
    int result = ::archive_read_data_block(state_->input.get(), &data, &size, &offset);
    if (result == ARCHIVE_EOF) return std::nullopt;
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) state_->input.fail("malformed tar");
  } while (size == 0);  // how libarchive tells that a file ends with a hole
  return Block{{static_cast<const char*>(data), size}, static_cast<uint64_t>(offset)};
}

}  // namespace rundlet::codec
