#include <atomic>
#include <thread>

#include "tests/unit/image-store/store_fixture.h"

namespace rundlet::image_store {
namespace {

using namespace testing;

class CollectTest : public StoreTest {
 protected:
  ImageStore::Collected collect(std::vector<SnapshotId> roots = {}) {
    return store().collect([=] { return roots; });
  }
  SnapshotId unpack(const Image& image) {
    auto lease = store().lease("test");
    return store().unpack(image, *lease);
  }
  size_t snapshots() { return store().snapshots().list().size(); }
  size_t blobs() { return store().blobs().list().size(); }
  Image two_layers() {
    return add_image(store(), {Tar().file("a", "1").text(), Tar().file("b", "22").text()});
  }
};

TEST_F(CollectTest, ImagesKeepTheirBlobsAndSnapshots) {
  SnapshotId top = unpack(two_layers());
  ImageStore::Collected collected = collect();
  EXPECT_EQ(collected.blobs + collected.snapshots, 0u);
  EXPECT_EQ(file_of(top, "b"), "22");
  EXPECT_EQ(blobs(), 4u);
}

TEST_F(CollectTest, RemovedImagesGo) {
  Image image = two_layers();
  unpack(image);
  store().remove(image.id);
  ImageStore::Collected collected = collect();
  EXPECT_EQ(collected.blobs, 4u);
  EXPECT_EQ(collected.snapshots, 2u);
  EXPECT_GT(collected.bytes, 3);
  EXPECT_EQ(blobs() + snapshots(), 0u);
}

TEST_F(CollectTest, WhatAnotherImageSharesStays) {
  std::string base = Tar().file("a", "1").text();
  Image one = add_image(store(), {base}), two = add_image(store(), {base, Tar().file("b").text()});
  unpack(two);
  store().remove(two.id);
  EXPECT_EQ(collect().snapshots, 1u);
  EXPECT_EQ(store().snapshots().list().size(), 1u);
  EXPECT_EQ(blobs(), 3u);
  EXPECT_EQ(file_of(unpack(one), "a"), "1");
}

TEST_F(CollectTest, ContainersKeepWhatTheyStandOn) {
  Image image = two_layers();
  SnapshotId container = store().snapshots().prepare(unpack(image), "container/1");
  store().remove(image.id);
  EXPECT_EQ(collect().snapshots, 0u);
  EXPECT_EQ(blobs(), 0u);
  store().snapshots().remove(container);
  EXPECT_EQ(collect().snapshots, 2u);
}

TEST_F(CollectTest, RootsAreKeptWithTheirAncestors) {
  Image image = two_layers();
  SnapshotId top = unpack(image);
  store().remove(image.id);
  EXPECT_EQ(collect({top}).snapshots, 0u);
  EXPECT_EQ(collect({store().snapshots().info(top)->parent}).snapshots, 1u);
  EXPECT_EQ(collect().snapshots, 1u);
}

TEST_F(CollectTest, LeasesKeepWhatTheyNameAndWhatCameAfterThem) {
  spec::Digest before = store().blobs().put("before"), unnamed = store().blobs().put("unnamed");
  SnapshotId old = store().snapshots().prepare("", "build/1");
  store().snapshots().commit(old);
  auto lease = store().lease("test");
  lease->add_blob(before);
  lease->add_snapshot(old);
  spec::Digest after = store().blobs().put("after");
  SnapshotId fresh = store().snapshots().prepare("", "build/2");
  store().snapshots().commit(fresh);
  ImageStore::Collected collected = collect();
  EXPECT_EQ(collected.blobs, 1u);
  EXPECT_EQ(collected.snapshots, 0u);
  EXPECT_FALSE(store().blobs().contains(unnamed));
  lease.reset();
  collected = collect();
  EXPECT_EQ(collected.blobs, 2u);
  EXPECT_EQ(collected.snapshots, 2u);
  EXPECT_FALSE(store().blobs().contains(after));
}

TEST_F(CollectTest, LeasesOfEarlierEpochsDieAtStart) {
  spec::Digest blob = store().blobs().put("x");
  database().write([&](db::Connection& c) {
    c.query("INSERT INTO leases(epoch, purpose) VALUES('killed', 'pull')", {});
    c.query("INSERT INTO lease_blobs(lease, digest) VALUES(?, ?)", {c.last_insert_id(), blob.str()});
  });
  EXPECT_EQ(collect().blobs, 0u);
  reopen();
  EXPECT_EQ(collect().blobs, 1u);
}

// Pulls and removals beside a collector that never stops: whatever an image names is there.
TEST_F(CollectTest, ConcurrentPullsLoseNothing) {
  std::atomic<bool> done = false;
  std::jthread collector([&] {
    while (!done) collect();
  });
  std::vector<std::string> tars;
  for (int i = 0; i < 4; ++i)
    tars.push_back(Tar().file("f" + std::to_string(i), std::string(20000, 'x')).text());
  auto pull = [&](int seed) {
    for (int i = 0; i < 15; ++i) {
      auto lease = store().lease("pull");
      Image image = add_image(store(), {tars[(seed + i) % 4], tars[i % 4]}, "shared");
      SnapshotId top = store().unpack(image, *lease);
      EXPECT_EQ(store().snapshots().directories(top).size(), 2u);
      EXPECT_TRUE(exists(store().snapshots().own_directory(top) + "/f" + std::to_string(i % 4)));
      for (const spec::Descriptor& layer : store().content(image).manifest.layers)
        EXPECT_TRUE(store().blobs().contains(layer.digest));
      try {
        store().remove(image.id);
      } catch (const Error& e) {  // the other thread had the same image
        EXPECT_EQ(to_string(e.code()), "not_found");
      }
    }
  };
  {
    std::jthread one([&] { pull(0); }), two([&] { pull(0); });
  }
  done = true;
  collector.join();
  collect();
  EXPECT_EQ(blobs() + snapshots(), 0u);
}

}  // namespace
}  // namespace rundlet::image_store
