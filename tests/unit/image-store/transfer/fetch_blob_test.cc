#include "image-store/transfer/fetch_blob.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/unit/image-store/store_fixture.h"
#include "tests/unit/registry-client/fake_registry.h"

namespace rundlet::image_store {
namespace {

using namespace rundlet::image_store::testing;
using registry_client::FakeRegistry;
using registry_client::SeenRequest;

constexpr size_t kPiece = 200'000;

std::string noise(size_t size) {
  std::string text(size, '\0');
  uint32_t x = 1;
  for (char& c : text) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  return text;
}

// Serves `blob`, but ends the connection after kPiece bytes of each answer.
FakeRegistry::Answer cutting(const std::string& blob) {
  return [&blob](const SeenRequest& request, http::ResponseWriter& response) {
    size_t start = request.range.empty() ? 0 : std::stoul(request.range.substr(6));
    response.headers().set("Content-Length", std::to_string(blob.size() - start));
    if (start > 0)
      response.headers().set("Content-Range", "bytes " + std::to_string(start) + "-" +
                                                  std::to_string(blob.size() - 1) + "/" +
                                                  std::to_string(blob.size()));
    response.start_stream(start > 0 ? 206 : 200, "application/octet-stream");
    response.write(std::string_view(blob).substr(start, kPiece));
    if (blob.size() - start > kPiece) throw_error(ErrorCode::unavailable, "cut on purpose");
  };
}

class FetchBlob : public ::testing::Test {
 protected:
  void fetch(const FakeRegistry& fake, const spec::Descriptor& blob, const Cancel& cancel = {}) {
    registry_client::Registry registry(spec::Reference::parse(fake.host() + "/a:1"), {}, {});
    fetch_blob(
        blobs_, registry, blob, [](uint64_t) {}, cancel);
  }
  static spec::Descriptor descriptor(const std::string& blob) {
    return {spec::media_type::kOciLayer, digest_of(blob), static_cast<int64_t>(blob.size())};
  }
  TempDir scratch_;
  BlobStore blobs_{scratch_.path()};
};

TEST_F(FetchBlob, GoesOnWhereEachConnectionBroke) {
  std::string blob = noise(3 * kPiece + 17);
  FakeRegistry fake(cutting(blob));
  fetch(fake, descriptor(blob));
  EXPECT_EQ(blobs_.read(digest_of(blob)), blob);
  std::vector<std::string> ranges;
  for (const SeenRequest& request : fake.seen())
    if (request.path != "/v2/") ranges.push_back(request.range);
  EXPECT_EQ(ranges, (std::vector<std::string>{"", "bytes=200000-", "bytes=400000-", "bytes=600000-"}));
}

TEST_F(FetchBlob, GivesUpWhenNothingComes) {
  std::atomic<int> asked = 0;
  FakeRegistry fake([&](const SeenRequest&, http::ResponseWriter& response) {
    ++asked;
    response.headers().set("Content-Length", "1000");
    response.start_stream(200, "application/octet-stream");
    response.write("x");
    throw_error(ErrorCode::unavailable, "cut on purpose");
  });
  EXPECT_ERROR(fetch(fake, descriptor(std::string(1000, 'x'))), ErrorCode::unavailable, "");
  EXPECT_EQ(asked, 6);
  EXPECT_TRUE(blobs_.list().empty());
}

TEST_F(FetchBlob, AnotherWriterIsWaitedFor) {
  std::string blob = "content";
  FakeRegistry fake([&](const SeenRequest&, http::ResponseWriter& response) {
    response.send(200, "application/octet-stream", blob);
  });
  auto writer = std::make_optional(blobs_.begin_resumable(digest_of(blob)));
  std::jthread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
    writer->write(blob);
    writer->commit(digest_of(blob));
  });
  fetch(fake, descriptor(blob));
  EXPECT_EQ(blobs_.read(digest_of(blob)), blob);
  EXPECT_EQ(fake.seen().size(), 0u);
}

TEST_F(FetchBlob, LongerThanItsDescriptorIsRefused) {
  std::string blob = noise(100'000);
  FakeRegistry fake(cutting(blob));
  spec::Descriptor shorter = descriptor(blob);
  shorter.size = 50'000;
  EXPECT_ERROR(fetch(fake, shorter), ErrorCode::invalid_argument, "is longer than its descriptor says");
  EXPECT_TRUE(blobs_.list().empty());
}

TEST_F(FetchBlob, WrongContentIsRefused) {
  std::string blob = "right content", wrong = "wrong content";
  FakeRegistry fake(cutting(wrong));
  EXPECT_ERROR(fetch(fake, descriptor(blob)), ErrorCode::invalid_argument,
               std::string(digest_of(blob).hex()));
  EXPECT_TRUE(blobs_.list().empty());
}

}  // namespace
}  // namespace rundlet::image_store
