// The tar format as image layers use it: ustar with PAX and GNU extensions, read by libarchive and written here in
// PAX form, deterministically (the same entries give the same bytes).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/codec/compress.h"

namespace rundlet::codec {

enum class EntryType { file, directory, symlink, hardlink, char_device, block_device, fifo };

struct TarEntry {
  std::string path;         // as it stands in the archive, not cleaned: readers must not trust it
  EntryType type = EntryType::file;
  uint32_t mode = 0;        // permission bits with setuid, setgid and sticky
  uint32_t uid = 0, gid = 0;
  std::string user, group;
  uint64_t size = 0;        // bytes of content, for files
  TimePoint mtime;
  std::string link_target;  // symlink and hardlink
  uint32_t dev_major = 0, dev_minor = 0;
  std::map<std::string, std::string> xattrs;  // values may be binary
};

class TarReader {
 public:
  // Uncompressed tar, borrowed. What is not tar, or is cut off, throws invalid_argument from here, next() or
  // next_block(); no bytes at all are an empty archive.
  explicit TarReader(Source& from);
  ~TarReader();
  // The next entry, or nullopt at the end of the archive (the source is then read to its own end, so that hashes and
  // checksums cover all of it). Unread content is skipped.
  std::optional<TarEntry> next();
  // A block of the current file's content and where it belongs: gaps between blocks are holes of a sparse file.
  struct Block {
    std::string_view data;
    uint64_t offset;
  };
  std::optional<Block> next_block();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class TarWriter {
 public:
  explicit TarWriter(Sink& to);
  ~TarWriter();
  // Header of the next entry; exactly entry.size bytes of content must follow for files.
  void begin(const TarEntry& entry);
  void write(std::string_view content);
  // End-of-archive marker; the sink is not finished.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rundlet::codec
