// The build context as the engine takes it: a tar stream of a directory without what its .dockerignore leaves
// out.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/codec/tar.h"
#include "base/fd.h"
#include "spec/dockerignore.h"

namespace rundlet::cli {

struct ContextSpec {
  std::string directory;
  std::string dockerfile = "Dockerfile";  // inside the context
  // A Dockerfile from elsewhere: its content goes along under a name that no COPY sees.
  std::optional<std::string> foreign_dockerfile;
};

// Streams the tar, walking first and reading files as it goes. Files belong to root, as docker sends them.
class ContextStream {
 public:
  // Throws when the directory, the Dockerfile or a rule cannot be read.
  explicit ContextStream(const ContextSpec& spec);
  ~ContextStream();
  ContextStream(const ContextStream&) = delete;
  ContextStream& operator=(const ContextStream&) = delete;

  // Where the Dockerfile lies in the archive.
  const std::string& dockerfile() const { return dockerfile_; }
  size_t read(char* buffer, size_t size);
  uint64_t bytes_sent() const { return sent_; }

 private:
  class Buffer;

  void load_rules(const ContextSpec& spec);
  void walk(const std::string& relative);
  void add(const std::string& relative, const struct stat& info);
  void fill();
  void begin_next();
  void copy_content();

  std::string directory_, dockerfile_;
  spec::Dockerignore rules_;
  std::map<std::string, std::string> generated_;  // path → content of files that are not on disk
  std::vector<codec::TarEntry> entries_;
  std::map<std::pair<uint64_t, uint64_t>, std::string> links_;  // (device, inode) → first path
  size_t next_ = 0;
  Fd open_file_;
  uint64_t left_ = 0;  // of the open file
  bool finished_ = false;
  uint64_t sent_ = 0;
  std::unique_ptr<Buffer> buffer_;
  std::unique_ptr<codec::TarWriter> writer_;
};

// A tar of one file: what "build -" makes of a Dockerfile on stdin.
std::string single_file_tar(const std::string& path, const std::string& content);
// True when the bytes are a tar archive, compressed or not, rather than a Dockerfile.
bool looks_like_archive(std::string_view first_bytes);

}  // namespace rundlet::cli
