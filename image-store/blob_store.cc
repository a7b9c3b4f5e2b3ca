#include "image-store/blob_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <ctime>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/random.h"
#include "image-store/blob_writer.h"
#include "image-store/directory_names.h"

namespace rundlet::image_store {
namespace {

bool is_hex_digest(std::string_view name) {
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_partial(std::string_view name) {
  return name.ends_with(kPartialSuffix);
}

void unlink_if_there(const std::string& path) {
  if (::unlink(path.c_str()) < 0 && errno != ENOENT) throw_errno("remove " + path);
}

[[noreturn]] void throw_missing(const spec::Digest& digest) {
  throw_not_found("blob " + digest.str() + " is not in the store");
}

}  // namespace

BlobStore::BlobStore(std::string directory)
    : directory_(std::move(directory)), log_(std::make_shared<CommitLog>()) {
  fs::make_directories(directory_ + "/blobs/sha256");
  fs::make_directories(directory_ + "/ingest", 0700);
  fs::make_directories(directory_ + "/trash", 0700);
}

std::string BlobStore::path_of(const spec::Digest& digest) const {
  return directory_ + "/blobs/sha256/" + std::string(digest.hex());
}

bool BlobStore::contains(const spec::Digest& digest) const {
  return size(digest).has_value();
}

std::optional<uint64_t> BlobStore::size(const spec::Digest& digest) const {
  struct stat st {};
  if (::stat(path_of(digest).c_str(), &st) == 0) return static_cast<uint64_t>(st.st_size);
  if (errno == ENOENT) return std::nullopt;
  throw_errno("stat blob " + digest.str());
}

Fd BlobStore::open(const spec::Digest& digest) const {
  int fd = ::open(path_of(digest).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd >= 0) return Fd(fd);
  if (errno == ENOENT) throw_missing(digest);
  throw_errno("open blob " + digest.str());
}

std::string BlobStore::read(const spec::Digest& digest, size_t limit) const {
  Fd file = open(digest);
  struct stat st {};
  if (::fstat(file.get(), &st) < 0) throw_errno("stat blob " + digest.str());
  if (static_cast<uint64_t>(st.st_size) > limit) {
    throw_invalid("blob " + digest.str() + " has " + std::to_string(st.st_size) + " bytes, more than the " +
                  std::to_string(limit) + " that are read at once");
  }
  return read_all(file.get());
}

std::vector<spec::Digest> BlobStore::list() const {
  std::vector<spec::Digest> digests;
  for (const std::string& name : names_in_directory(directory_ + "/blobs/sha256"))
    if (is_hex_digest(name)) digests.push_back(spec::Digest::sha256(name));
  return digests;
}

spec::Digest BlobStore::put(std::string_view content) {
  Writer writer = begin();
  writer.write(content);
  return writer.commit();
}

bool BlobStore::trash_unless_committed_since(const spec::Digest& digest, Clock::time_point since) {
  std::string trash = directory_ + "/trash/" + random_hex(8);
  std::lock_guard lock(log_->mutex);
  auto committed = log_->times.find(digest);
  if (committed != log_->times.end() && committed->second >= since) return false;
  log_->times.erase(digest);
  if (::rename(path_of(digest).c_str(), trash.c_str()) < 0 && errno != ENOENT)
    throw_errno("remove blob " + digest.str());
  return true;
}

void BlobStore::remove(const spec::Digest& digest) {
  trash_unless_committed_since(digest, Clock::time_point::max());
  crash_point("blob.in_trash");
  empty_trash();
}

void BlobStore::empty_trash() {
  for (const std::string& name : names_in_directory(directory_ + "/trash"))
    unlink_if_there(directory_ + "/trash/" + name);
}

void BlobStore::recover() {
  for (const std::string& name : names_in_directory(directory_ + "/ingest"))
    if (!is_partial(name)) unlink_if_there(directory_ + "/ingest/" + name);
  empty_trash();
}

void BlobStore::drop_stale_ingests(std::chrono::seconds age) {
  for (const std::string& name : names_in_directory(directory_ + "/ingest")) {
    if (!is_partial(name)) continue;
    std::string path = directory_ + "/ingest/" + name;
    Fd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    struct stat st {};
    if (!file || ::fstat(file.get(), &st) < 0) continue;  // committed or dropped meanwhile
    bool stale = st.st_mtim.tv_sec + age.count() <= std::time(nullptr);
    if (stale && try_lock_ingest(file.get())) unlink_if_there(path);
  }
}

}  // namespace rundlet::image_store
