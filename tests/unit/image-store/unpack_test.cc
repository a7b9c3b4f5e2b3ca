#include <atomic>
#include <set>
#include <thread>

#include "image-store/overlay_snapshotter.h"
#include "tests/unit/image-store/store_fixture.h"

namespace rundlet::image_store {
namespace {

using namespace testing;

class UnpackTest : public StoreTest {
 protected:
  SnapshotId unpack(const Image& image) {
    auto lease = store().lease("test");
    return store().unpack(image, *lease);
  }
  size_t snapshots() { return store().snapshots().list().size(); }
};

TEST_F(UnpackTest, LayersAreStackedInOrder) {
  Image image = add_image(store(), {Tar().add(directory("d", 0700)).file("d/a", "1").text(),
                                    Tar().file("d/b", "2").text(), Tar().add(directory("d", 0711)).text()});
  SnapshotId top = unpack(image);
  std::vector<std::string> stack = store().snapshots().directories(top);
  ASSERT_EQ(stack.size(), 3u);
  EXPECT_EQ(read_file(stack[2] + "/d/a"), "1");
  EXPECT_EQ(read_file(stack[1] + "/d/b"), "2");
  EXPECT_EQ(lstat_of(stack[1] + "/d").st_mode & 07777, 0700u);  // the layer never spoke of "d"
  EXPECT_EQ(lstat_of(stack[0] + "/d").st_mode & 07777, 0711u);
  for (const SnapshotInfo& info : store().snapshots().list()) EXPECT_TRUE(info.committed);
  EXPECT_EQ(unpack(image), top);
  EXPECT_EQ(snapshots(), 3u);
}

TEST_F(UnpackTest, ImageWithoutLayers) {
  EXPECT_EQ(unpack(add_image(store(), {})), "");
}

TEST_F(UnpackTest, ImagesShareTheirCommonLayers) {
  std::string base = Tar().file("base", "x").text();
  SnapshotId one = unpack(add_image(store(), {base, Tar().file("1").text()}));
  SnapshotId two = unpack(add_image(store(), {base, Tar().file("2").text()}));
  EXPECT_EQ(store().snapshots().info(one)->parent, store().snapshots().info(two)->parent);
  EXPECT_EQ(snapshots(), 3u);
}

TEST_F(UnpackTest, EqualLayersInOneImageAreTwoSnapshots) {
  std::string tar = Tar().file("a", "x").text();
  EXPECT_EQ(store().snapshots().directories(unpack(add_image(store(), {tar, tar}))).size(), 2u);
}

TEST_F(UnpackTest, WrongDiffIdIsRefusedAndLeavesNothing) {
  Image good = add_image(store(), {Tar().file("a", "x").text()});
  ImageContent content = store().content(good);
  content.config.diff_ids[0] = digest_of("lie");
  content.manifest.config.digest = store().blobs().put(spec::to_json(content.config));
  spec::Digest manifest = store().blobs().put(spec::to_json(content.manifest));
  Image bad = store().add({spec::media_type::kOciManifest, manifest, 1});
  EXPECT_ERROR(unpack(bad), ErrorCode::invalid_argument, digest_of("lie").str());
  EXPECT_EQ(snapshots(), 0u);
}

TEST_F(UnpackTest, OneBadLayerFailsTheImageAndLeavesNothing) {
  Image image =
      add_image(store(), {Tar().file("a").text(), Tar().file("../b").text(), Tar().file("c").text()});
  EXPECT_ERROR(unpack(image), ErrorCode::invalid_argument, "failed to register layer");
  EXPECT_EQ(snapshots(), 0u);
}

TEST_F(UnpackTest, MissingBlobIsNamed) {
  Image image = add_image(store(), {Tar().file("a").text()});
  spec::Digest layer = store().content(image).manifest.layers[0].digest;
  store().blobs().remove(layer);
  EXPECT_ERROR(unpack(image), ErrorCode::not_found, layer.str());
}

TEST_F(UnpackTest, ParallelUnpacksExtractOnce) {
  std::vector<std::string> layers;
  for (int i = 0; i < 6; ++i)
    layers.push_back(Tar().file("f" + std::to_string(i), std::string(300000, 'x')).text());
  Image image = add_image(store(), layers);
  std::vector<SnapshotId> tops(4);
  {
    std::vector<std::jthread> threads;
    for (SnapshotId& top : tops) threads.emplace_back([&] { top = unpack(image); });
  }
  EXPECT_EQ(std::set(tops.begin(), tops.end()).size(), 1u);
  EXPECT_EQ(snapshots(), 6u);
  EXPECT_EQ(file_of(tops[0], "f5"), std::string(300000, 'x'));
}

TEST_F(UnpackTest, LayersExtractedEarlyAreOnlyStacked) {
  Image image = add_image(store(), {Tar().file("a", "1").text(), Tar().file("b", "2").text()});
  ImageContent content = store().content(image);
  auto lease = store().lease("pull");
  store().extract_layer(content.config, 1, content.manifest.layers[1], *lease);
  store().extract_layer(content.config, 0, content.manifest.layers[0], *lease);
  EXPECT_EQ(snapshots(), 2u);
  std::atomic<int> extracted = 0;
  SnapshotId top =
      store().unpack(image, *lease, [&](const auto& m) { extracted += m.status == "Extracting"; });
  EXPECT_EQ(extracted, 0);
  EXPECT_EQ(file_of(top, "b"), "2");
  EXPECT_EQ(snapshots(), 2u);
}

TEST_F(UnpackTest, ExtractionsGoWithTheirLease) {
  Image image = add_image(store(), {Tar().file("a", "1").text()});
  ImageContent content = store().content(image);
  auto first = store().lease("pull 1"), second = store().lease("pull 2");
  store().extract_layer(content.config, 0, content.manifest.layers[0], *first);
  store().extract_layer(content.config, 0, content.manifest.layers[0], *second);
  EXPECT_EQ(snapshots(), 1u);
  first.reset();
  EXPECT_EQ(snapshots(), 1u);  // the other one wants it too
  second.reset();
  EXPECT_EQ(snapshots(), 0u);
  EXPECT_EQ(file_of(unpack(image), "a"), "1");
}

TEST_F(UnpackTest, ProgressIsTold) {
  Image image = add_image(store(), {Tar().file("a", "1").text()});
  std::vector<std::string> told;
  auto lease = store().lease("test");
  store().unpack(image, *lease, [&](const spec::docker_api::ProgressMessage& m) {
    EXPECT_EQ(m.id, store().content(image).manifest.layers[0].digest.hex().substr(0, 12));
    told.push_back(m.status);
  });
  EXPECT_EQ(told.front(), "Extracting");
  EXPECT_EQ(told.back(), "Pull complete");
}

TEST_F(UnpackTest, ProgressMayStopIt) {
  Image image = add_image(store(), {Tar().file("a", "1").text()});
  auto lease = store().lease("test");
  EXPECT_ERROR(
      store().unpack(image, *lease, [](const auto&) { throw_error(ErrorCode::cancelled, "enough"); }),
      ErrorCode::cancelled, "enough");
  lease.reset();
  EXPECT_EQ(snapshots(), 0u);
}

}  // namespace
}  // namespace rundlet::image_store
