// How a blob gets into the store: a file under ingest/, hashed while it is written, then renamed to its
// digest.
#pragma once

#include <sys/types.h>

#include <map>
#include <mutex>
#include <string>

#include "base/codec/sha256.h"
#include "base/fd.h"
#include "image-store/blob_store.h"

namespace rundlet::image_store {

// When this process committed which blob. Its mutex makes "is it there?" and the rename one step, for writers
// and for the collector alike.
struct BlobStore::CommitLog {
  std::mutex mutex;
  std::map<spec::Digest, Clock::time_point> times;
};

struct BlobStore::Writer::State {
  std::string layout;  // the OCI layout's root
  std::shared_ptr<CommitLog> log;
  std::string path;  // of the ingest; "" once it is committed or dropped
  Fd file;
  codec::Sha256 hash;
  uint64_t size = 0;
  bool resumable = false;

  ~State();
  void drop();
};

// Every resumable ingest's file name ends so.
inline constexpr char kPartialSuffix[] = ".partial";
// Takes the lock that the writer of an open ingest holds; false when somebody has it.
bool try_lock_ingest(int fd);

}  // namespace rundlet::image_store
