// Streams of bytes, and the compressions that layers come in: gzip (by ISA-L) and zstd.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace rundlet::codec {

// A pull source: fills buffer, returns the count, 0 at the end.
class Source {
 public:
  virtual ~Source() = default;
  virtual size_t read(char* buffer, size_t size) = 0;
};
// A push sink; finish() flushes and is called once, at the end, by whoever made the sink. It does not finish the sink
// that this one writes to.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(std::string_view data) = 0;
  virtual void finish() {}
};

enum class Compression { none, gzip, zstd, bzip2, xz };

// By magic number; none when there is none.
Compression detect_compression(std::string_view first_bytes);

std::unique_ptr<Source> fd_source(int fd);                  // borrowed
std::unique_ptr<Source> string_source(std::string data);
// Looks at the first bytes and decompresses what it recognises (gzip incl. concatenated members, zstd, and by
// libarchive's filters bzip2 and xz). Throws invalid_argument for corrupt or truncated input.
std::unique_ptr<Source> decompressing_source(std::unique_ptr<Source> from);

// Deterministic on one machine: gzip carries no name and no time, and the result does not depend on how the data is
// cut into writes. Only none, gzip and zstd can be written.
std::unique_ptr<Sink> compressing_sink(Compression how, Sink& to);

void copy(Source& from, Sink& to);
std::string read_all(Source& from);

}  // namespace rundlet::codec
