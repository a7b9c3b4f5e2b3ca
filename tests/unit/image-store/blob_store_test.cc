#include "image-store/blob_store.h"

#include "image-store/directory_names.h"
#include "tests/unit/image-store/store_fixture.h"

namespace rundlet::image_store {
namespace {

using namespace testing;

class BlobStoreTest : public ::testing::Test {
 protected:
  std::string ingests() { return scratch_.path() + "/ingest"; }
  size_t count(const std::string& directory) { return names_in_directory(directory).size(); }
  TempDir scratch_;
  BlobStore store_{scratch_.path()};
};

TEST_F(BlobStoreTest, CommitMakesVisible) {
  BlobStore::Writer writer = store_.begin();
  writer.write("hel");
  writer.write("lo");
  EXPECT_EQ(writer.offset(), 5u);
  EXPECT_FALSE(store_.contains(digest_of("hello")));
  EXPECT_EQ(writer.commit(digest_of("hello")), digest_of("hello"));
  EXPECT_EQ(store_.read(digest_of("hello")), "hello");
  EXPECT_EQ(store_.size(digest_of("hello")), 5u);
  EXPECT_EQ(store_.list(), std::vector{digest_of("hello")});
  EXPECT_EQ(
      lstat_of(scratch_.path() + "/blobs/sha256/" + std::string(digest_of("hello").hex())).st_mode & 0777,
      0644u);
}

TEST_F(BlobStoreTest, CommitRejectsWrongDigest) {
  BlobStore::Writer writer = store_.begin();
  writer.write("hello");
  EXPECT_ERROR(writer.commit(digest_of("other")), ErrorCode::invalid_argument, digest_of("other").str());
  EXPECT_TRUE(store_.list().empty());
  EXPECT_EQ(count(ingests()), 0u);
}

TEST_F(BlobStoreTest, UncommittedWriterLeavesNothing) {
  { store_.begin().write("x"); }
  EXPECT_EQ(count(ingests()), 0u);
}

TEST_F(BlobStoreTest, ResumableGoesOnWhereItStopped) {
  spec::Digest digest = digest_of("hello world");
  { store_.begin_resumable(digest).write("hello "); }
  BlobStore::Writer writer = store_.begin_resumable(digest);
  EXPECT_EQ(writer.offset(), 6u);
  writer.write("world");
  EXPECT_EQ(writer.commit(digest), digest);
  EXPECT_EQ(store_.read(digest), "hello world");
  EXPECT_EQ(count(ingests()), 0u);
}

TEST_F(BlobStoreTest, ResumableRestartsAndForgetsDamage) {
  spec::Digest digest = digest_of("hello");
  { store_.begin_resumable(digest).write("garbage"); }
  BlobStore::Writer writer = store_.begin_resumable(digest);
  writer.restart();
  EXPECT_EQ(writer.offset(), 0u);
  writer.write("hello");
  EXPECT_EQ(writer.commit(digest), digest);

  spec::Digest other = digest_of("other");
  BlobStore::Writer wrong = store_.begin_resumable(other);
  wrong.write("wrong");
  EXPECT_ERROR(wrong.commit(other), ErrorCode::invalid_argument, "does not match");
  EXPECT_EQ(store_.begin_resumable(other).offset(), 0u);
}

TEST_F(BlobStoreTest, ResumableHasOneWriter) {
  spec::Digest digest = digest_of("hello");
  BlobStore::Writer first = store_.begin_resumable(digest);
  EXPECT_ERROR(store_.begin_resumable(digest), ErrorCode::conflict, digest.str());
  first.write("hello");
  first.commit(digest);
  EXPECT_EQ(store_.begin_resumable(digest).offset(), 0u);
}

TEST_F(BlobStoreTest, ReadRefusesTooMuch) {
  spec::Digest digest = store_.put("0123456789");
  EXPECT_ERROR(store_.read(digest, 9), ErrorCode::invalid_argument, "10 bytes");
  EXPECT_EQ(store_.read(digest, 10), "0123456789");
}

TEST_F(BlobStoreTest, MissingBlobIsNamed) {
  EXPECT_ERROR(store_.open(digest_of("x")), ErrorCode::not_found, digest_of("x").str());
  EXPECT_ERROR(store_.read(digest_of("x")), ErrorCode::not_found, digest_of("x").str());
  EXPECT_EQ(store_.size(digest_of("x")), std::nullopt);
}

TEST_F(BlobStoreTest, RemoveIsIdempotent) {
  spec::Digest digest = store_.put("hello");
  store_.remove(digest);
  EXPECT_FALSE(store_.contains(digest));
  store_.remove(digest);
  EXPECT_EQ(count(scratch_.path() + "/trash"), 0u);
}

TEST_F(BlobStoreTest, CollectorSparesWhatWasCommittedSince) {
  auto before = BlobStore::Clock::now();
  spec::Digest digest = store_.put("hello");
  EXPECT_FALSE(store_.trash_unless_committed_since(digest, before));
  EXPECT_TRUE(store_.contains(digest));
  EXPECT_TRUE(store_.trash_unless_committed_since(digest, BlobStore::Clock::time_point::max()));
  EXPECT_FALSE(store_.contains(digest));
}

TEST_F(BlobStoreTest, RecoverKeepsOnlyWhatCanBeResumed) {
  write_file(ingests() + "/0123456789abcdef", "lost");
  write_file(scratch_.path() + "/trash/x", "lost");
  { store_.begin_resumable(digest_of("hello")).write("hel"); }
  store_.recover();
  EXPECT_EQ(count(ingests()), 1u);
  EXPECT_EQ(count(scratch_.path() + "/trash"), 0u);
  EXPECT_EQ(store_.begin_resumable(digest_of("hello")).offset(), 3u);
}

TEST_F(BlobStoreTest, StaleIngestsGoUnlessOpen) {
  { store_.begin_resumable(digest_of("old")).write("o"); }
  BlobStore::Writer open = store_.begin_resumable(digest_of("open"));
  store_.drop_stale_ingests(std::chrono::hours(1));
  EXPECT_EQ(count(ingests()), 2u);
  store_.drop_stale_ingests(std::chrono::seconds(0));
  EXPECT_EQ(count(ingests()), 1u);
  open.write("open");
  EXPECT_EQ(open.commit(), digest_of("open"));
}

TEST_F(BlobStoreTest, ForeignFilesAmongTheBlobsAreNotListed) {
  write_file(scratch_.path() + "/blobs/sha256/README", "not ours");
  EXPECT_TRUE(store_.list().empty());
}

}  // namespace
}  // namespace rundlet::image_store
