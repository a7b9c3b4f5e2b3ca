// Files fetched for ADD, kept by URL and revalidated by ETag or Last-Modified.
#pragma once

#include <optional>
#include <string>

#include "base/cancel.h"
#include "base/db/sqlite.h"
#include "builder/solve/key_locks.h"

namespace rundlet::builder::ops {

class DownloadStore {
 public:
  // Files lie in directory/DIGEST/content.
  DownloadStore(std::string directory, db::Database& database);

  struct File {
    std::string directory;  // that holds the file alone, under `name`
    std::string digest;     // "sha256:…" of the content
  };
  // `checksum`: "sha256:…" that the content must have, or empty. Throws docker's words for a failed download.
  File fetch(const std::string& url, const std::string& name, const std::string& checksum,
             const Cancel& cancel);
  void clear();

 private:
  struct Known {
    std::string etag, last_modified, digest;
    int64_t mtime = -1;
  };
  std::optional<Known> find(const std::string& url) const;
  void save(const std::string& url, const Known& known);
  std::string place(const std::string& temporary, const std::string& name, const Known& known) const;
  std::string directory_of(const std::string& digest, const std::string& name) const;

  std::string directory_;
  db::Database& database_;
  solve::KeyLocks locks_;
};

}  // namespace rundlet::builder::ops
