// POSIX.1-2001 pax interchange format: a ustar header, preceded by an extended one where something does not
// fit.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/codec/tar.h"
#include "base/error.h"

namespace rundlet::codec {
namespace {

constexpr size_t kBlock = 512;
constexpr std::array<char, kBlock> kZeros{};

// The ustar header's fields, in order.
struct Header {
  char name[100];
  char mode[8];
  char uid[8];
  char gid[8];
  char size[12];
  char mtime[12];
  char checksum[8];
  char type;
  char link[100];
  char magic[6];
  char version[2];
  char user[32];
  char group[32];
  char dev_major[8];
  char dev_minor[8];
  char prefix[155];
  char unused[12];
};
static_assert(sizeof(Header) == kBlock);

using Records = std::map<std::string, std::string>;

char type_flag(EntryType type) {
  switch (type) {
    case EntryType::file:
      return '0';
    case EntryType::hardlink:
      return '1';
    case EntryType::symlink:
      return '2';
    case EntryType::char_device:
      return '3';
    case EntryType::block_device:
      return '4';
    case EntryType::directory:
      return '5';
    case EntryType::fifo:
      return '6';
  }
  throw_error(ErrorCode::internal, "unknown type of tar entry");
}

bool is_link(EntryType type) {
  return type == EntryType::hardlink || type == EntryType::symlink;
}
bool is_device(EntryType type) {
  return type == EntryType::char_device || type == EntryType::block_device;
}

// False when the text is too long; a field may be filled to its last byte.
template <size_t N>
bool put_text(char (&field)[N], std::string_view text) {
  if (text.size() > N) return false;
  std::memcpy(field, text.data(), text.size());
  return true;
}

// Octal with a closing NUL; 0 and false when there are too many digits.
template <size_t N>
bool put_number(char (&field)[N], uint64_t value) {
  std::string digits = fmt::format("{:0{}o}", value, N - 1);
  bool fits = digits.size() < N;
  if (!fits) digits.assign(N - 1, '0');
  std::memcpy(field, digits.data(), digits.size());
  return fits;
}

// Whole in `name`, or split at a slash into `prefix` and `name`.
bool put_path(Header& header, std::string_view path) {
  if (put_text(header.name, path)) return true;
  size_t slash = path.rfind('/', std::min(sizeof header.prefix, path.size() - 2));
  if (slash == path.npos || slash == 0 || path.size() - slash - 1 > sizeof header.name) return false;
  return put_text(header.prefix, path.substr(0, slash)) && put_text(header.name, path.substr(slash + 1));
}

void seal(Header& header) {
  put_text(header.magic, "ustar");
  put_text(header.version, "00");
  std::memset(header.checksum, ' ', sizeof header.checksum);
  unsigned sum = 0;
  for (size_t i = 0; i < kBlock; ++i) sum += reinterpret_cast<const unsigned char*>(&header)[i];
  std::memcpy(header.checksum, fmt::format("{:06o}", sum).c_str(), 7);
}

// "LENGTH KEY=VALUE\n"; the length counts its own digits.
std::string record(const std::string& key, const std::string& value) {
  size_t rest = key.size() + value.size() + 3;
  size_t total = rest + 1;
  while (std::to_string(total).size() + rest != total) total = std::to_string(total).size() + rest;
  return std::to_string(total) + ' ' + key + '=' + value + '\n';
}

std::string pax_time(TimePoint time) {
  int64_t nanos = unix_nanos(time);
  bool negative = nanos < 0;
  uint64_t magnitude = negative ? 0 - static_cast<uint64_t>(nanos) : static_cast<uint64_t>(nanos);
  std::string text = fmt::format("{}{}", negative ? "-" : "", magnitude / 1'000'000'000);
  if (uint64_t fraction = magnitude % 1'000'000'000; fraction != 0) {
    text += fmt::format(".{:09}", fraction);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text;
}

std::string header_path(const TarEntry& entry) {
  bool add_slash = entry.type == EntryType::directory && !entry.path.ends_with('/');
  return add_slash ? entry.path + '/' : entry.path;
}

void check(const TarEntry& entry) {
  if (entry.path.empty()) throw_invalid("tar entry without a name");
  if ((entry.path + entry.link_target + entry.user + entry.group).find('\0') != std::string::npos)
    throw_invalid("tar entry with a NUL byte in a name: " + entry.path);
  for (const auto& [name, value] : entry.xattrs)
    if (name.empty() || name.find('=') != name.npos || name.find('\0') != name.npos)
      throw_invalid("tar entry " + entry.path + ": the tar format cannot hold an attribute named \"" + name +
                    "\"");
}

void put_names(const TarEntry& entry, Header& header, Records& records) {
  std::string path = header_path(entry);
  if (!put_path(header, path)) {
    records["path"] = path;
    put_text(header.name, std::string_view(path).substr(0, sizeof header.name));
  }
  if (is_link(entry.type) && !put_text(header.link, entry.link_target)) {
    records["linkpath"] = entry.link_target;
    // libarchive ignores the record when the header's own field is empty.
    put_text(header.link, std::string_view(entry.link_target).substr(0, sizeof header.link));
  }
  if (!put_text(header.user, entry.user)) records["uname"] = entry.user;
  if (!put_text(header.group, entry.group)) records["gname"] = entry.group;
  for (const auto& [name, value] : entry.xattrs) records["SCHILY.xattr." + name] = value;
}

void put_numbers(const TarEntry& entry, Header& header, Records& records) {
  uint64_t size = entry.type == EntryType::file ? entry.size : 0;
  int64_t seconds = unix_seconds(entry.mtime);
  bool whole_seconds = seconds >= 0 && unix_nanos(entry.mtime) % 1'000'000'000 == 0;
  put_number(header.mode, entry.mode & 07777);
  if (!put_number(header.uid, entry.uid)) records["uid"] = std::to_string(entry.uid);
  if (!put_number(header.gid, entry.gid)) records["gid"] = std::to_string(entry.gid);
  if (!put_number(header.size, size)) records["size"] = std::to_string(size);
  if (!put_number(header.mtime, static_cast<uint64_t>(std::max<int64_t>(0, seconds))) || !whole_seconds)
    records["mtime"] = pax_time(entry.mtime);
  bool fits = !is_device(entry.type) || (put_number(header.dev_major, entry.dev_major) &&
                                         put_number(header.dev_minor, entry.dev_minor));
  if (!fits) throw_invalid("tar entry " + entry.path + ": the tar format cannot hold its device number");
}

Header extended_header(const TarEntry& entry, size_t size) {
  Header header{};
  std::string_view path = entry.path;
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  std::string name = "PaxHeaders.0/" + std::string(path.substr(path.rfind('/') + 1));
  put_text(header.name, std::string_view(name).substr(0, sizeof header.name));
  put_number(header.mode, 0644);
  put_number(header.uid, 0);
  put_number(header.gid, 0);
  put_number(header.size, size);
  put_number(header.mtime, 0);
  header.type = 'x';
  return header;
}

}  // namespace

struct TarWriter::State {
  explicit State(Sink& sink) : to(sink) {}

  void put(Header& header) {
    seal(header);
    to.write({reinterpret_cast<const char*>(&header), kBlock});
  }
  void pad(uint64_t written) { to.write({kZeros.data(), (kBlock - written % kBlock) % kBlock}); }
  void put_records(const TarEntry& entry, const Records& records) {
    std::string body;
    for (const auto& [key, value] : records) body += record(key, value);
    Header header = extended_header(entry, body.size());
    put(header);
    to.write(body);
    pad(body.size());
  }
  void check_complete() const {
    if (left > 0)
      throw_error(ErrorCode::internal, "tar entry " + path + " lacks " + std::to_string(left) + " bytes");
  }

  Sink& to;
  std::string path;   // of the current entry
  uint64_t size = 0;  // of its content
  uint64_t left = 0;  // still to be written
};

TarWriter::TarWriter(Sink& to) : state_(std::make_unique<State>(to)) {}
TarWriter::~TarWriter() = default;

void TarWriter::begin(const TarEntry& entry) {
  state_->check_complete();
  check(entry);
  Header header{};
  Records records;
  header.type = type_flag(entry.type);
  put_names(entry, header, records);
  put_numbers(entry, header, records);
  if (!records.empty()) state_->put_records(entry, records);
  state_->put(header);
  state_->path = entry.path;
  state_->size = state_->left = entry.type == EntryType::file ? entry.size : 0;
}

void TarWriter::write(std::string_view content) {
  if (content.empty()) return;
  if (content.size() > state_->left)
    throw_error(ErrorCode::internal, "tar entry " + state_->path + " is longer than its header says");
  state_->to.write(content);
  state_->left -= content.size();
  if (state_->left == 0) state_->pad(state_->size);
}

void TarWriter::finish() {
  state_->check_complete();
  state_->to.write({kZeros.data(), kBlock});
  state_->to.write({kZeros.data(), kBlock});
}

}  // namespace rundlet::codec
