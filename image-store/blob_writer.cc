#include "image-store/blob_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/random.h"

namespace rundlet::image_store {
namespace {

constexpr size_t kHashBuffer = 1u << 20;

// The locked file may have been committed or dropped between our open and our lock.
bool still_named(int fd, const std::string& path) {
  struct stat open_file {
  }, named_file{};
  if (::fstat(fd, &open_file) < 0) throw_errno("stat " + path);
  if (::stat(path.c_str(), &named_file) < 0) return false;
  return open_file.st_dev == named_file.st_dev && open_file.st_ino == named_file.st_ino;
}

Fd open_locked(const std::string& path, const spec::Digest& digest) {
  for (;;) {
    Fd file = open_file(path, O_RDWR | O_CREAT, 0600);
    if (!try_lock_ingest(file.get())) {
      throw_error(ErrorCode::conflict, "blob " + digest.str() + " is being written by somebody else");
    }
    if (still_named(file.get(), path)) return file;
  }
}

uint64_t hash_existing(int fd, codec::Sha256& hash) {
  std::string buffer(kHashBuffer, '\0');
  uint64_t total = 0;
  for (;;) {
    ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n == 0) return total;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("read ingest");
    hash.update(std::string_view(buffer).substr(0, static_cast<size_t>(n)));
    total += static_cast<uint64_t>(n);
  }
}

}  // namespace

bool try_lock_ingest(int fd) {
  while (::flock(fd, LOCK_EX | LOCK_NB) < 0) {
    if (errno == EWOULDBLOCK) return false;
    if (errno != EINTR) throw_errno("lock ingest");
  }
  return true;
}

BlobStore::Writer::State::~State() {
  if (!path.empty() && !resumable) ::unlink(path.c_str());
}

void BlobStore::Writer::State::drop() {
  if (!path.empty()) ::unlink(path.c_str());
  path.clear();
  file.reset();
}

BlobStore::Writer::Writer(std::unique_ptr<State> state) : state_(std::move(state)) {}
BlobStore::Writer::Writer(Writer&&) noexcept = default;
BlobStore::Writer& BlobStore::Writer::operator=(Writer&&) noexcept = default;
BlobStore::Writer::~Writer() = default;

BlobStore::Writer BlobStore::begin() {
  auto state = std::make_unique<Writer::State>();
  std::string path = directory_ + "/ingest/" + random_hex(8);
  state->file = open_file(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  state->path = path;
  state->layout = directory_;
  state->log = log_;
  return Writer(std::move(state));
}

BlobStore::Writer BlobStore::begin_resumable(const spec::Digest& expected) {
  auto state = std::make_unique<Writer::State>();
  state->resumable = true;
  std::string path = directory_ + "/ingest/" + std::string(expected.hex()) + kPartialSuffix;
  state->file = open_locked(path, expected);
  state->path = path;
  state->size = hash_existing(state->file.get(), state->hash);
  state->layout = directory_;
  state->log = log_;
  return Writer(std::move(state));
}

uint64_t BlobStore::Writer::offset() const {
  return state_->size;
}

void BlobStore::Writer::write(std::string_view data) {
  write_all(state_->file.get(), data);
  state_->hash.update(data);
  state_->size += data.size();
}

void BlobStore::Writer::restart() {
  if (::ftruncate(state_->file.get(), 0) < 0) throw_errno("truncate ingest");
  if (::lseek(state_->file.get(), 0, SEEK_SET) < 0) throw_errno("rewind ingest");
  state_->hash = codec::Sha256();
  state_->size = 0;
}

spec::Digest BlobStore::Writer::commit(const std::optional<spec::Digest>& expected) {
  spec::Digest digest = spec::Digest::sha256(state_->hash.hex());
  if (expected && *expected != digest) {
    state_->drop();
    throw_invalid("content does not match its digest: expected " + expected->str() + ", got " + digest.str());
  }
  crash_point("blob.before_fsync");
  if (::fchmod(state_->file.get(), 0644) < 0) throw_errno("chmod blob " + digest.str());
  if (::fsync(state_->file.get()) < 0) throw_errno("fsync blob " + digest.str());
  crash_point("blob.before_rename");
  std::string directory = state_->layout + "/blobs/sha256";
  std::string target = directory + "/" + std::string(digest.hex());
  {
    std::lock_guard lock(state_->log->mutex);
    if (::rename(state_->path.c_str(), target.c_str()) < 0) throw_errno("commit blob " + digest.str());
    state_->log->times[digest] = Clock::now();
  }
  state_->path.clear();
  state_->file.reset();
  crash_point("blob.after_rename");
  fs::fsync_directory(directory);
  return digest;
}

}  // namespace rundlet::image_store
