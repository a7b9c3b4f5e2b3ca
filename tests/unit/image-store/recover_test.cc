// A store that is killed at every durable step, and one whose machine lost power.
#include <algorithm>
#include <csignal>

#include "base/codec/sha256.h"
#include "base/fs/remove_tree.h"
#include "image-store/directory_names.h"
#include "tests/unit/base/crash.h"
#include "tests/unit/image-store/store_fixture.h"

namespace rundlet::image_store {
namespace {

using namespace testing;

constexpr char kName[] = "docker.io/library/app:1";

std::vector<std::string> layers() {
  return {Tar().add(directory("d")).file("d/a", "lower").text(), Tar().file("d/b", "upper").text()};
}

// A day in the life of a store, with every durable step in it. It may be cut anywhere and begun again.
void live(ImageStore& store) {
  SnapshotId container;
  {
    auto lease = store.lease("pull");
    store.blobs().begin_resumable(digest_of("never finished")).write("never");
    Image image = add_image(store, layers());
    store.add_digest(image.id, "docker.io/library/app@" + image.manifest.digest.str());
    store.tag(image.id, kName);
    SnapshotId top = store.unpack(image, *lease);
    container = store.snapshots().prepare(top, "container/1");
  }
  SnapshotId built = store.snapshots().prepare(store.snapshots().info(container)->parent, "build/1");
  write_file(store.snapshots().own_directory(built) + "/built", "x");
  store.snapshots().commit(built);
  store.snapshots().set_chain(built, digest_of("built"));
  store.snapshots().remove(container);
  store.blobs().remove(store.blobs().put("short-lived"));
  Image second = add_image(store, {Tar().file("second").text()}, "second");
  store.tag(second.id, "docker.io/library/second:1");
  store.untag("docker.io/library/second:1");
  store.remove(second.id);
  store.collect([] { return std::vector<SnapshotId>(); });
}

struct Daemon {
  Daemon(const std::string& root, const std::string& epoch)
      : database(root + "/state.db"), store(root, database, epoch) {
    store.recover();
  }
  db::Database database;
  ImageStore store;
};

std::vector<std::string> rows(db::Database& database, const std::string& sql) {
  std::vector<std::string> found;
  database.read([&](db::Connection& c) {
    c.query(sql, {}, [&](const db::Row& row) { found.push_back(row.text(0)); });
  });
  return found;
}

void check_files(const std::string& root, Daemon& daemon) {
  for (const spec::Digest& digest : daemon.store.blobs().list())
    EXPECT_EQ(digest_of(daemon.store.blobs().read(digest)), digest);
  for (const std::string& name : names_in_directory(root + "/images/ingest"))
    EXPECT_TRUE(name.ends_with(".partial"));
  EXPECT_TRUE(names_in_directory(root + "/images/trash").empty());
  EXPECT_TRUE(names_in_directory(root + "/trash").empty());
  EXPECT_EQ(names_in_directory(root + "/snapshots"),
            rows(daemon.database, "SELECT id FROM snapshots ORDER BY id"));
}

void check_rows(Daemon& daemon) {
  Snapshotter& snapshots = daemon.store.snapshots();
  for (const SnapshotInfo& info : snapshots.list()) {
    EXPECT_TRUE(exists(snapshots.own_directory(info.id)));
    EXPECT_EQ(snapshots.directories(info.id).back().empty(), false);
    EXPECT_TRUE(info.committed || !info.label.starts_with("extract/"));
  }
  EXPECT_TRUE(rows(daemon.database, "SELECT seq FROM leases").empty());
  EXPECT_TRUE(
      rows(daemon.database, "SELECT digest FROM lease_blobs UNION SELECT snapshot FROM lease_snapshots")
          .empty());
}

void check_images(const std::string& root, Daemon& daemon) {
  size_t names = 0;
  for (const Image& image : daemon.store.list()) {
    for (const std::string& name : image.names) names += name.ends_with(":latest") ? 2 : 1;
    auto lease = daemon.store.lease("check");
    SnapshotId top = daemon.store.unpack(image, *lease);
    for (const spec::Descriptor& layer : daemon.store.content(image).manifest.layers)
      EXPECT_TRUE(daemon.store.blobs().contains(layer.digest));
    if (image.names == std::vector<std::string>{kName}) {
      EXPECT_EQ(read_file(daemon.store.snapshots().own_directory(top) + "/d/b"), "upper");
      EXPECT_EQ(read_file(daemon.store.snapshots().directories(top).back() + "/d/a"), "lower");
    }
  }
  EXPECT_EQ(spec::parse_index(read_file(root + "/images/index.json")).manifests.size(), names);
}

TEST(StoreCrash, DISABLED_Life) {
  if (test::crash_test_path().empty()) GTEST_SKIP() << "runs as somebody's child only";
  Daemon daemon(test::crash_test_path(), "doomed");
  live(daemon.store);
}

TEST(StoreCrash, DISABLED_Reboot) {
  std::string root = test::crash_test_path();
  if (root.empty()) GTEST_SKIP() << "runs as somebody's child only";
  {
    db::Database database(root + "/state.db");
    database.write([](db::Connection& c) {
      c.execute(
          "UPDATE store_state SET value = 'another boot'; UPDATE snapshots SET synced = 0 WHERE synced = 1;");
    });
  }
  Daemon daemon(root, "doomed");
}

class StoreCrashAt : public ::testing::TestWithParam<const char*> {};

TEST_P(StoreCrashAt, RecoversWhole) {
  TempDir root;
  ASSERT_EQ(test::signal_at_crash_point(GetParam(), "StoreCrash.DISABLED_Life", root.path()), SIGKILL);
  {
    Daemon daemon(root.path(), "second");
    check_files(root.path(), daemon);
    check_rows(daemon);
    check_images(root.path(), daemon);
    live(daemon.store);
  }
  Daemon daemon(root.path(), "third");
  EXPECT_EQ(daemon.store.list().size(), 1u);
  check_files(root.path(), daemon);
  check_rows(daemon);
  check_images(root.path(), daemon);
  daemon.store.remove(daemon.store.get("app:1").id);
  daemon.store.collect({});
  EXPECT_TRUE(daemon.store.blobs().list().empty());
  EXPECT_TRUE(daemon.store.snapshots().list().empty());
}

INSTANTIATE_TEST_SUITE_P(EveryStep, StoreCrashAt,
                         ::testing::Values("lease.opened", "blob.before_fsync", "blob.before_rename",
                                           "blob.after_rename", "blob.in_trash", "image.before_row",
                                           "image.after_row", "image.after_tag", "image.after_untag",
                                           "image.after_remove", "layout.before_index",
                                           "snapshot.after_intent", "snapshot.after_mkdir",
                                           "snapshot.before_commit", "snapshot.after_commit",
                                           "snapshot.row_removed", "snapshot.in_trash",
                                           "snapshot.after_syncfs", "unpack.extracted", "unpack.before_chain",
                                           "collect.marked", "collect.blob_in_trash"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::ranges::replace(name, '.', '_');
                           return name;
                         });

class RepairCrash : public ::testing::TestWithParam<const char*> {};

TEST_P(RepairCrash, IsTakenUpAgain) {
  TempDir root;
  {
    Daemon daemon(root.path(), "first");
    live(daemon.store);
  }
  ASSERT_EQ(test::signal_at_crash_point(GetParam(), "StoreCrash.DISABLED_Reboot", root.path()), SIGKILL);
  Daemon daemon(root.path(), "second");
  check_files(root.path(), daemon);
  check_rows(daemon);
  check_images(root.path(), daemon);
}

INSTANTIATE_TEST_SUITE_P(EveryStep, RepairCrash, ::testing::Values("repair.begun", "repair.extracted"),
                         [](const auto& tested) { return std::string(tested.param).substr(7); });

class RecoverTest : public StoreTest {
 protected:
  RecoverTest() {
    image_ = add_image(store(), layers());
    auto lease = store().lease("test");
    top_ = store().unpack(image_, *lease);
    container_ = store().snapshots().prepare(top_, "container/1");
    write_file(store().snapshots().own_directory(container_) + "/mine", "kept");
    built_ = store().snapshots().prepare(top_, "build/1");
    store().snapshots().commit(built_);
    on_built_ = store().snapshots().prepare(built_, "container/2");
  }
  static void power_cut(db::Connection& c) {
    c.execute(
        "UPDATE store_state SET value = 'another boot'; UPDATE snapshots SET synced = 0 WHERE committed = "
        "1;");
  }
  void lose_content() { write_file(store().snapshots().own_directory(top_) + "/d/b", ""); }

  Image image_;
  SnapshotId top_, container_, built_, on_built_;
};

TEST_F(RecoverTest, CleanStopLeavesNothingUnsynced) {
  reopen([](db::Connection& c) {
    int64_t unsynced = 0;
    c.query("SELECT count(*) FROM snapshots WHERE committed = 1 AND synced != 1", {},
            [&](const db::Row& row) { unsynced = row.integer(0); });
    EXPECT_EQ(unsynced, 0);
  });
  EXPECT_EQ(store().snapshots().list().size(), 5u);
  EXPECT_TRUE(store().snapshots().info(top_)->synced);
}

TEST_F(RecoverTest, PowerCutReextractsLayersUnderTheirContainers) {
  lose_content();
  reopen(power_cut);
  EXPECT_EQ(file_of(top_, "d/b"), "upper");
  EXPECT_EQ(file_of(container_, "mine"), "kept");
  EXPECT_EQ(store().snapshots().directories(container_).size(), 3u);
  EXPECT_FALSE(store().snapshots().info(built_));  // nothing to make it from again
  EXPECT_FALSE(store().snapshots().info(on_built_));
}

TEST_F(RecoverTest, PowerCutSparesWhatWasSynced) {
  lose_content();
  reopen([](db::Connection& c) { c.execute("UPDATE store_state SET value = 'another boot'"); });
  EXPECT_EQ(file_of(top_, "d/b"), "");
  EXPECT_TRUE(store().snapshots().info(built_));
}

TEST_F(RecoverTest, PowerCutDropsLayersWhoseBlobIsGone) {
  store().blobs().remove(store().content(image_).manifest.layers[1].digest);
  reopen(power_cut);
  EXPECT_FALSE(store().snapshots().info(top_));
  EXPECT_FALSE(store().snapshots().info(container_));
  EXPECT_EQ(store().snapshots().list().size(), 1u);
}

TEST_F(RecoverTest, LostDirectoriesAreExtractedAgain) {
  fs::remove_tree(root() + "/snapshots/" + top_);
  reopen();
  EXPECT_EQ(file_of(top_, "d/b"), "upper");
  EXPECT_EQ(file_of(container_, "mine"), "kept");
}

TEST_F(RecoverTest, DirectoriesWithoutARowGo) {
  ASSERT_EQ(::mkdir((root() + "/snapshots/0badf00d").c_str(), 0700), 0);
  reopen();
  EXPECT_FALSE(exists(root() + "/snapshots/0badf00d"));
}

}  // namespace
}  // namespace rundlet::image_store
