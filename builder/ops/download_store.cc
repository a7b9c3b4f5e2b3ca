#include "builder/ops/download_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec/sha256.h"
#include "base/crash_point.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/random.h"
#include "builder/ops/http_get.h"

namespace rundlet::builder::ops {
namespace {

constexpr uint64_t kMaxSize = uint64_t{64} << 30;

const std::vector<std::string>& migrations() {
  static const std::vector<std::string> scripts = {R"(
    CREATE TABLE build_download (
      url TEXT PRIMARY KEY,
      etag TEXT NOT NULL,
      last_modified TEXT NOT NULL,
      digest TEXT NOT NULL,
      mtime INTEGER NOT NULL);
  )"};
  return scripts;
}

bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0;
}

// Removed unless it has been given its place.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::string& parent) : path_(parent + "/tmp-" + random_hex(8)) {
    fs::make_directories(path_, 0700);
  }
  ~TemporaryDirectory() {
    if (!path_.empty()) fs::remove_tree(path_);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void set_mtime(int fd, int64_t seconds) {
  timespec times[] = {{seconds, 0}, {seconds, 0}};
  if (::futimens(fd, times) != 0) throw_errno("set times of a download");
}

}  // namespace

DownloadStore::DownloadStore(std::string directory, db::Database& database)
    : directory_(std::move(directory)), database_(database) {
  database_.migrate("build_download", migrations());
  fs::remove_tree(directory_ + "/tmp");
  fs::make_directories(directory_ + "/tmp", 0700);
}

std::optional<DownloadStore::Known> DownloadStore::find(const std::string& url) const {
  std::optional<Known> known;
  database_.read([&](db::Connection& connection) {
    connection.query("SELECT etag, last_modified, digest, mtime FROM build_download WHERE url = ?", {url},
                     [&](const db::Row& row) {
                       known = Known{row.text(0), row.text(1), row.text(2), row.integer(3)};
                     });
  });
  return known;
}

void DownloadStore::save(const std::string& url, const Known& known) {
  database_.write([&](db::Connection& connection) {
    connection.query(
        "INSERT OR REPLACE INTO build_download (url, etag, last_modified, digest, mtime) "
        "VALUES (?, ?, ?, ?, ?)",
        {url, known.etag, known.last_modified, known.digest, known.mtime});
  });
}

// The name is part of the place: it goes into the image.
std::string DownloadStore::directory_of(const std::string& digest, const std::string& name) const {
  return directory_ + "/" + codec::sha256_hex(digest + "/" + name).substr(0, 32);
}

std::string DownloadStore::place(const std::string& temporary, const std::string& name,
                                 const Known& known) const {
  std::string target = directory_of(known.digest, name);
  if (exists(target + "/" + name)) return target;
  crash_point("build.before_download_rename");
  if (::rename(temporary.c_str(), target.c_str()) != 0) throw_errno("rename " + temporary);
  fs::fsync_directory(directory_);
  return target;
}

DownloadStore::File DownloadStore::fetch(const std::string& url, const std::string& name,
                                         const std::string& checksum, const Cancel& cancel) {
  solve::KeyLocks::Held lock(locks_, url, cancel);
  std::vector<std::string> headers;
  auto known = find(url);
  if (known && !exists(directory_of(known->digest, name) + "/" + name)) known.reset();
  if (known && known->digest == checksum) return {directory_of(known->digest, name), known->digest};
  if (known && !known->etag.empty()) headers.push_back("If-None-Match: " + known->etag);
  if (known && !known->last_modified.empty()) headers.push_back("If-Modified-Since: " + known->last_modified);
  TemporaryDirectory temporary(directory_ + "/tmp");
  std::string inner = temporary.path() + "/d";
  fs::make_directories(inner, 0755);
  Fd file = open_file(inner + "/" + name, O_WRONLY | O_CREAT | O_EXCL, 0600);
  HttpFetch fetched = http_get(url, headers, file.get(), kMaxSize, cancel);
  if (known && fetched.status == 304) return {directory_of(known->digest, name), known->digest};
  if (fetched.status != 200) {
    throw_error(ErrorCode::invalid_argument,
                fmt::format("ADD failed: failed to GET {} with status {}", url, fetched.status));
  }
  if (!checksum.empty() && checksum != fetched.digest) {
    throw_invalid(fmt::format("digest mismatch {}: {}", fetched.digest, checksum));
  }
  set_mtime(file.get(), fetched.mtime >= 0 ? fetched.mtime : 0);
  if (::fsync(file.get()) != 0) throw_errno("fsync a download");
  Known now_known{fetched.etag, fetched.last_modified, fetched.digest, fetched.mtime};
  std::string place_now = place(inner, name, now_known);
  save(url, now_known);
  return {place_now, fetched.digest};
}

void DownloadStore::clear() {
  database_.write([](db::Connection& connection) { connection.query("DELETE FROM build_download", {}); });
  fs::remove_tree(directory_);
  fs::make_directories(directory_ + "/tmp", 0700);
}

}  // namespace rundlet::builder::ops
