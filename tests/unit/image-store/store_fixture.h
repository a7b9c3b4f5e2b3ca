// What the tests of image-store share: a scratch store, layers written by hand, small images.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/codec/sha256.h"
#include "base/codec/tar.h"
#include "base/db/sqlite.h"
#include "base/error.h"
#include "base/fd.h"
#include "image-store/image_store.h"
#include "spec/platform.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet::image_store::testing {

using test::TempDir;

class StringSink : public codec::Sink {
 public:
  void write(std::string_view data) override { text += data; }
  std::string text;
};

inline codec::TarEntry entry(const std::string& path, codec::EntryType type = codec::EntryType::file) {
  codec::TarEntry e;
  e.path = path;
  e.type = type;
  e.mode = type == codec::EntryType::directory ? 0755 : 0644;
  e.mtime = from_unix_nanos(1'000'000'000'000'000'000);
  return e;
}
inline codec::TarEntry directory(const std::string& path, uint32_t mode = 0755) {
  codec::TarEntry e = entry(path, codec::EntryType::directory);
  e.mode = mode;
  return e;
}
inline codec::TarEntry link(const std::string& path, codec::EntryType type, const std::string& target) {
  codec::TarEntry e = entry(path, type);
  e.link_target = target;
  return e;
}
inline codec::TarEntry symlink(const std::string& path, const std::string& target) {
  return link(path, codec::EntryType::symlink, target);
}
inline codec::TarEntry hard_link(const std::string& path, const std::string& target) {
  return link(path, codec::EntryType::hardlink, target);
}

// A tar in the making: Tar().add(directory("etc")).file("etc/motd", "hi").text()
class Tar {
 public:
  Tar() : writer_(sink_) {}
  Tar& add(codec::TarEntry e, const std::string& content = "") {
    e.size = content.size();
    writer_.begin(e);
    writer_.write(content);
    return *this;
  }
  Tar& file(const std::string& path, const std::string& content = "") { return add(entry(path), content); }
  std::string text() {
    writer_.finish();
    return sink_.text;
  }

 private:
  StringSink sink_;
  codec::TarWriter writer_;
};

inline std::string compressed(const std::string& data, codec::Compression how) {
  StringSink sink;
  auto to = codec::compressing_sink(how, sink);
  to->write(data);
  to->finish();
  return sink.text;
}

inline spec::Digest digest_of(const std::string& data) {
  return spec::Digest::sha256(codec::sha256_hex(data));
}

inline struct stat lstat_of(const std::string& path) {
  struct stat st {};
  if (::lstat(path.c_str(), &st) < 0) throw_errno("lstat " + path);
  return st;
}
inline bool exists(const std::string& path) {
  struct stat st {};
  return ::lstat(path.c_str(), &st) == 0;
}

// Layer tars → an image in the store, without a name.
inline Image add_image(ImageStore& store, const std::vector<std::string>& tars,
                       const std::string& author = "test") {
  spec::Manifest manifest;
  spec::ImageConfig config;
  manifest.media_type = spec::media_type::kOciManifest;
  config.platform = spec::Platform::host();
  config.author = author;
  for (const std::string& tar : tars) {
    std::string blob = compressed(tar, codec::Compression::gzip);
    manifest.layers.push_back(
        {spec::media_type::kOciLayerGzip, store.blobs().put(blob), static_cast<int64_t>(blob.size())});
    config.diff_ids.push_back(digest_of(tar));
  }
  std::string text = spec::to_json(config);
  manifest.config = {spec::media_type::kOciConfig, store.blobs().put(text),
                     static_cast<int64_t>(text.size())};
  text = spec::to_json(manifest);
  return store.add(
      {spec::media_type::kOciManifest, store.blobs().put(text), static_cast<int64_t>(text.size())});
}

// A store in a scratch directory; reopen() is what a daemon restart is.
class StoreTest : public ::testing::Test {
 protected:
  StoreTest() { reopen(); }
  // `meanwhile` happens to the rows while no daemon runs.
  void reopen(const std::function<void(db::Connection&)>& meanwhile = {}) {
    store_.reset();
    database_.reset();
    database_ = std::make_unique<db::Database>(root() + "/state.db");
    if (meanwhile) database_->write(meanwhile);
    store_ = std::make_unique<ImageStore>(root(), *database_, "epoch-" + std::to_string(++epoch_));
    store_->recover();
  }
  const std::string& root() const { return scratch_.path(); }
  ImageStore& store() { return *store_; }
  db::Database& database() { return *database_; }
  std::string file_of(const SnapshotId& id, const std::string& path) {
    return read_file(store().snapshots().own_directory(id) + "/" + path);
  }

 private:
  TempDir scratch_;
  int epoch_ = 0;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<ImageStore> store_;
};

// Runs the statement, which must throw an Error with this code and with `text` in its message.
#define EXPECT_ERROR(statement, error_code, text)                         \
  try {                                                                   \
    statement;                                                            \
    ADD_FAILURE() << "no error from " #statement;                         \
  } catch (const ::rundlet::Error& e) {                                   \
    EXPECT_EQ(to_string(e.code()), to_string(error_code)) << e.message(); \
    EXPECT_NE(e.message().find(text), std::string::npos) << e.message();  \
  }

}  // namespace rundlet::image_store::testing
