#include "base/codec/compress.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/codec/compressors.h"
#include "base/error.h"

namespace rundlet::codec {
namespace {

using namespace std::string_view_literals;

constexpr size_t kMagicSize = 6;

class FdSource : public Source {
 public:
  explicit FdSource(int fd) : fd_(fd) {}
  size_t read(char* buffer, size_t size) override {
    for (;;) {
      ssize_t count = ::read(fd_, buffer, size);
      if (count >= 0) return static_cast<size_t>(count);
      if (errno != EINTR) throw_errno("read");
    }
  }

 private:
  int fd_;
};

class StringSource : public Source {
 public:
  explicit StringSource(std::string data) : data_(std::move(data)) {}
  size_t read(char* buffer, size_t size) override {
    size = std::min(size, data_.size() - position_);
    std::memcpy(buffer, data_.data() + position_, size);
    position_ += size;
    return size;
  }

 private:
  std::string data_;
  size_t position_ = 0;
};

// A source some of whose bytes have been read already.
class ResumedSource : public Source {
 public:
  ResumedSource(std::string first, std::unique_ptr<Source> rest)
      : first_(std::move(first)), rest_(std::move(rest)) {}
  size_t read(char* buffer, size_t size) override {
    size_t count = first_.read(buffer, size);
    return count > 0 ? count : rest_->read(buffer, size);
  }

 private:
  StringSource first_;
  std::unique_ptr<Source> rest_;
};

class PlainSink : public Sink {
 public:
  explicit PlainSink(Sink& to) : to_(to) {}
  void write(std::string_view data) override { to_.write(data); }

 private:
  Sink& to_;
};

class StringSink : public Sink {
 public:
  void write(std::string_view data) override { text.append(data); }
  std::string text;
};

std::string read_up_to(Source& from, size_t size) {
  std::string data(size, '\0');
  size_t filled = 0;
  while (filled < size) {
    size_t count = from.read(data.data() + filled, size - filled);
    if (count == 0) break;
    filled += count;
  }
  data.resize(filled);
  return data;
}

// Frames of a zstd file may start with one to be skipped: 0x184D2A50 to 0x184D2A5F, little-endian.
bool is_zstd(std::string_view bytes) {
  if (bytes.starts_with("\x28\xb5\x2f\xfd"sv)) return true;
  return bytes.size() >= 4 && (bytes[0] & 0xf0) == 0x50 && bytes.substr(1, 3) == "\x2a\x4d\x18"sv;
}

}  // namespace

Compression detect_compression(std::string_view first_bytes) {
  if (first_bytes.starts_with("\x1f\x8b\x08"sv)) return Compression::gzip;
  if (is_zstd(first_bytes)) return Compression::zstd;
  if (first_bytes.starts_with("BZh"sv)) return Compression::bzip2;
  if (first_bytes.starts_with("\xfd\x37zXZ\0"sv)) return Compression::xz;
  return Compression::none;
}

std::unique_ptr<Source> fd_source(int fd) {
  return std::make_unique<FdSource>(fd);
}
std::unique_ptr<Source> string_source(std::string data) {
  return std::make_unique<StringSource>(std::move(data));
}

std::unique_ptr<Source> decompressing_source(std::unique_ptr<Source> from) {
  std::string first = read_up_to(*from, kMagicSize);
  Compression how = detect_compression(first);
  auto whole = std::make_unique<ResumedSource>(std::move(first), std::move(from));
  switch (how) {
    case Compression::none:
      return whole;
    case Compression::gzip:
      return gzip_source(std::move(whole));
    case Compression::zstd:
      return zstd_source(std::move(whole));
    case Compression::bzip2:
      return bzip2_source(std::move(whole));
    case Compression::xz:
      return xz_source(std::move(whole));
  }
  throw_error(ErrorCode::internal, "unknown compression");
}

std::unique_ptr<Sink> compressing_sink(Compression how, Sink& to) {
  switch (how) {
    case Compression::none:
      return std::make_unique<PlainSink>(to);
    case Compression::gzip:
      return gzip_sink(to);
    case Compression::zstd:
      return zstd_sink(to);
    case Compression::bzip2:
    case Compression::xz:
      break;
  }
  throw_error(ErrorCode::unimplemented, "writing bzip2 or xz is not supported");
}

void copy(Source& from, Sink& to) {
  std::vector<char> buffer(kStreamBuffer);
  while (size_t count = from.read(buffer.data(), buffer.size())) to.write({buffer.data(), count});
}

std::string read_all(Source& from) {
  StringSink all;
  copy(from, all);
  return std::move(all.text);
}

}  // namespace rundlet::codec
