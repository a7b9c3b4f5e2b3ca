// image-store: every byte that Rundlet keeps of images. Blobs lie in an OCI image layout (image-layout.md)
// that other tools can read; names, snapshots and leases are rows of state.db; layers are extracted once,
// into snapshots.
//
// A blob becomes visible only by commit: begin → write → commit(digest).
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "spec/digest.h"

namespace rundlet::image_store {

class BlobStore {
 public:
  using Clock = std::chrono::steady_clock;

  // `directory` is the OCI layout's root; its blobs/sha256, ingest and trash folders are created.
  explicit BlobStore(std::string directory);

  bool contains(const spec::Digest& digest) const;
  std::optional<uint64_t> size(const spec::Digest& digest) const;
  // Throw not_found.
  Fd open(const spec::Digest& digest) const;
  std::string read(const spec::Digest& digest,
                   size_t limit = 8u << 20) const;  // throws invalid_argument above limit
  std::vector<spec::Digest> list() const;
  // Renames to trash, then unlinks; a blob that is not there is no error.
  void remove(const spec::Digest& digest);
  // The collector's remove: only moves to the trash. False, and the blob stays, when it was committed (again)
  // at `since` or later.
  bool trash_unless_committed_since(const spec::Digest& digest, Clock::time_point since);
  void empty_trash();
  // Drops what a crash left: half-written ingests that nobody can resume, the trash. Call before any begin().
  void recover();
  // Drops resumable ingests that nobody has open and nobody has written for so long.
  void drop_stale_ingests(std::chrono::seconds age);

  class Writer {
   public:
    Writer(Writer&&) noexcept;
    Writer& operator=(Writer&&) noexcept;
    ~Writer();  // what was not committed is dropped, unless it is resumable: then it stays for the next begin
    void write(std::string_view data);
    // Bytes that are there already: where a resumed download goes on.
    uint64_t offset() const;
    // Forgets what was written: the other side could not resume.
    void restart();
    // Proves the digest, makes the blob durable and visible. Throws invalid_argument on a mismatch, and then
    // drops the data. Without an expectation the digest is what the content says.
    spec::Digest commit(const std::optional<spec::Digest>& expected = {});

   private:
    friend class BlobStore;
    struct State;
    explicit Writer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };
  Writer begin();
  // An ingest that survives a crash or a broken connection under this digest's name; throws conflict when
  // another writer has it open.
  Writer begin_resumable(const spec::Digest& expected);
  spec::Digest put(std::string_view content);

  const std::string& directory() const { return directory_; }

 private:
  struct CommitLog;
  std::string path_of(const spec::Digest& digest) const;

  std::string directory_;
  std::shared_ptr<CommitLog> log_;
};

}  // namespace rundlet::image_store
