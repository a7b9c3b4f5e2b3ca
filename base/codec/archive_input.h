// A libarchive reader fed by a Source; for this folder's own use.
#pragma once

#include <archive.h>

#include <cstdint>
#include <exception>
#include <string>
#include <vector>

#include "base/codec/compress.h"

namespace rundlet::codec {

class ArchiveInput {
 public:
  // Filters and formats are to be enabled on get(), then open() called.
  explicit ArchiveInput(Source& from);
  ~ArchiveInput();
  ArchiveInput(const ArchiveInput&) = delete;

  archive* get() { return archive_; }
  void open();
  // What the Source threw, if it did; else invalid_argument "WHAT: libarchive's reason".
  [[noreturn]] void fail(const std::string& what);
  // Bytes that the Source has given so far.
  uint64_t delivered() const { return delivered_; }

 private:
  static la_ssize_t on_read(archive* archive, void* self, const void** data);

  Source& from_;
  std::vector<char> buffer_;
  archive* archive_;
  uint64_t delivered_ = 0;
  std::exception_ptr error_;  // carried over libarchive's C frames
};

}  // namespace rundlet::codec
