// A pull killed at each of its durable steps: the store is whole afterwards, and the next pull completes it.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

#include "image-store/transfer/transfer.h"
#include "tests/unit/base/crash.h"
#include "tests/unit/image-store/store_fixture.h"
#include "tests/unit/image-store/transfer/registry_process.h"

namespace rundlet::image_store {
namespace {

using namespace rundlet::image_store::testing;

const std::string kLower = Tar().add(directory("etc")).file("etc/motd", "hello").text();
const std::string kUpper = Tar().file("app", "binary").text();

struct OpenStore {
  explicit OpenStore(const std::string& root, const std::string& epoch)
      : database(root + "/state.db"), store(root, database, epoch) {
    store.recover();
  }
  db::Database database;
  ImageStore store;
};

PullResult pull_one(ImageStore& store, const std::string& reference) {
  PullRequest request;
  request.reference = spec::Reference::parse(reference);
  return pull(store, request, {});
}

// $RUNDLET_TEST_PATH: "ROOT REFERENCE"
TEST(PullCrashChild, DISABLED_Pulls) {
  std::string path = test::crash_test_path();
  size_t space = path.find(' ');
  ASSERT_NE(space, path.npos);
  OpenStore opened(path.substr(0, space), "crashing");
  pull_one(opened.store, path.substr(space + 1));
}

class PullCrash : public ::testing::TestWithParam<const char*> {};

TEST_P(PullCrash, NextPullCompletesIt) {
  if (!RegistryProcess::available()) GTEST_SKIP() << "docker-registry is not installed";
  RegistryProcess registry;
  std::string reference = registry.host() + "/app:1";
  TempDir source, target;
  spec::Digest id;
  {
    OpenStore from(source.path(), "source");
    id = add_image(from.store, {kLower, kUpper}).id;
    PushRequest request;
    request.reference = spec::Reference::parse(reference);
    from.store.tag(id, request.reference.canonical());
    push(from.store, request, {});
  }
  ASSERT_EQ(test::signal_at_crash_point(GetParam(), "PullCrashChild.DISABLED_Pulls",
                                        target.path() + " " + reference),
            SIGKILL);

  OpenStore after(target.path(), "after");
  for (const Image& image : after.store.list()) {
    auto lease = after.store.lease("test");
    EXPECT_NE(after.store.unpack(image, *lease), "") << "a listed image must be whole";
  }
  PullResult pulled = pull_one(after.store, reference);
  EXPECT_EQ(pulled.image.id, id);
  EXPECT_EQ(pulled.image.names.size(), 1u);
  EXPECT_EQ(pulled.image.digests.size(), 1u);
  after.store.collect({});
  auto lease = after.store.lease("test");
  SnapshotId top = after.store.unpack(pulled.image, *lease);
  EXPECT_EQ(read_file(after.store.snapshots().own_directory(top) + "/app"), "binary");
  EXPECT_EQ(after.store.blobs().list().size(), 4u);
  EXPECT_EQ(after.store.snapshots().list().size(), 2u);
}

INSTANTIATE_TEST_SUITE_P(EveryStep, PullCrash,
                         ::testing::Values("transfer.manifest_stored", "transfer.image_added",
                                           "pull.digest_named", "blob.before_rename", "blob.after_rename",
                                           "image.after_row", "image.after_tag", "unpack.extracted",
                                           "unpack.before_chain"),
                         [](const auto& point) {
                           std::string name = point.param;
                           for (char& c : name) c = c == '.' ? '_' : c;
                           return name;
                         });

}  // namespace
}  // namespace rundlet::image_store
