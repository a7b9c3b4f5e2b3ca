// The build context: a directory of files, and the Dockerfile. Comes unpacked from the client, or from
// elsewhere: an http(s) URL of an archive or of a Dockerfile alone, a git repository.
#pragma once

#include <memory>
#include <string>

#include "base/cancel.h"
#include "base/codec/compress.h"

namespace rundlet::builder::context {

// Removed with its owner.
class ScratchDirectory {
 public:
  explicit ScratchDirectory(const std::string& parent);
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

struct Context {
  std::string directory;                      // what .dockerignore leaves out is gone from it
  std::string dockerfile;                     // the text
  std::unique_ptr<ScratchDirectory> scratch;  // of a remote context
};

// `remote` or, when it is empty, `directory`; `scratch_root` is for remote ones. Throws invalid_argument with
// docker's words ("Cannot locate specified Dockerfile: NAME").
Context open_context(const std::string& directory, const std::string& remote, const std::string& dockerfile,
                     const std::string& scratch_root, const Cancel& cancel);

// The tar that a client sends, compressed or not, into `directory`. Owners are root's, whatever it says;
// nothing is written outside.
void unpack_context(std::unique_ptr<codec::Source> archive, const std::string& directory);

// Removes what DOCKERFILE.dockerignore, or else .dockerignore, excludes.
void apply_dockerignore(const std::string& directory, const std::string& dockerfile);

}  // namespace rundlet::builder::context
