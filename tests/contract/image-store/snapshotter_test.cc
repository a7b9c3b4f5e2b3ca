// What every Snapshotter keeps to.
#include "image-store/snapshotter.h"

#include <sys/stat.h>

#include <functional>

#include "base/proc/spawn.h"
#include "image-store/overlay_snapshotter.h"
#include "tests/unit/image-store/store_fixture.h"

namespace rundlet::image_store {
namespace {

using namespace testing;

struct Implementation {
  std::string name;
  std::function<std::unique_ptr<Snapshotter>(const std::string& root, db::Database&)> make;
};

class SnapshotterContract : public ::testing::TestWithParam<Implementation> {
 protected:
  SnapshotterContract()
      : database_(scratch_ / "state.db"), snapshots_(GetParam().make(scratch_.path(), database_)) {}
  Snapshotter& snapshots() { return *snapshots_; }
  SnapshotId committed(const SnapshotId& parent, const std::string& file, const std::string& content) {
    SnapshotId id = snapshots().prepare(parent, "test");
    write_file(snapshots().own_directory(id) + "/" + file, content);
    snapshots().commit(id);
    return id;
  }
  // Runs the script in a mount namespace where $M is the snapshot's tree.
  proc::Output run_in(const SnapshotId& id, const std::string& script) {
    std::vector<spec::Mount> mounts = snapshots().mounts(id);
    EXPECT_EQ(mounts.size(), 1u);
    const spec::Mount& m = mounts.front();
    EXPECT_EQ(m.destination, "");
    std::string options;
    for (const std::string& option : m.options) options += (options.empty() ? "" : ",") + option;
    std::string type = m.type == "bind" ? "" : "-t " + m.type + " ";
    ::mkdir((scratch_ / "mnt").c_str(), 0755);
    return proc::run({.argv = {"unshare", "-m", "sh", "-ec",
                               "M=" + (scratch_ / "mnt") + "; mount " + type + "-o " + options + " " +
                                   m.source + " $M; cd $M; " + script}});
  }

 private:
  TempDir scratch_;
  db::Database database_;
  std::unique_ptr<Snapshotter> snapshots_;
};

TEST_P(SnapshotterContract, ActiveTreesAreWrittenCommittedOnesAreNot) {
  SnapshotId id = snapshots().prepare("", "test/1");
  EXPECT_EQ(run_in(id, "echo hi > a").status.code, 0);
  SnapshotInfo info = snapshots().info(id).value();
  EXPECT_FALSE(info.committed);
  EXPECT_EQ(info.label, "test/1");
  snapshots().commit(id);
  EXPECT_TRUE(snapshots().info(id)->committed);
  proc::Output out = run_in(id, "cat a");
  EXPECT_EQ(out.out, "hi\n") << out.err;
  EXPECT_NE(run_in(id, "echo no > a").status.code, 0);
  EXPECT_ERROR(snapshots().commit(id), ErrorCode::failed_precondition, id);
}

TEST_P(SnapshotterContract, ChildrenSeeTheirParentsAndHideTheirChanges) {
  SnapshotId low = committed("", "a", "low\n");
  SnapshotId high = committed(low, "b", "high\n");
  SnapshotId top = snapshots().prepare(high, "test");
  proc::Output out = run_in(top, "cat a b; echo changed > a; rm b");
  EXPECT_EQ(out.out, "low\nhigh\n") << out.err;
  EXPECT_EQ(run_in(high, "cat a b").out, "low\nhigh\n");
  EXPECT_EQ(run_in(top, "cat a; ls").out, "changed\na\n");
  EXPECT_NE(run_in(high, "echo no > a").status.code, 0);
  EXPECT_EQ(snapshots().directories(top),
            (std::vector<std::string>{snapshots().own_directory(top), snapshots().own_directory(high),
                                      snapshots().own_directory(low)}));
}

TEST_P(SnapshotterContract, RootAttributesComeFromTheParent) {
  SnapshotId low = snapshots().prepare("", "test");
  ASSERT_EQ(::chmod(snapshots().own_directory(low).c_str(), 01777), 0);
  ASSERT_EQ(::chown(snapshots().own_directory(low).c_str(), 5, 6), 0);
  snapshots().commit(low);
  EXPECT_EQ(run_in(snapshots().prepare(low, "test"), "stat -c '%a %u %g' .").out, "1777 5 6\n");
}

TEST_P(SnapshotterContract, PrepareNeedsACommittedParent) {
  SnapshotId active = snapshots().prepare("", "test");
  EXPECT_ERROR(snapshots().prepare(active, "test"), ErrorCode::failed_precondition, active);
  EXPECT_ERROR(snapshots().prepare("0badf00d", "test"), ErrorCode::not_found, "0badf00d");
}

TEST_P(SnapshotterContract, CommitOntoStacksIndependentLayers) {
  SnapshotId top = snapshots().prepare("", "test"), low = snapshots().prepare("", "test");
  write_file(snapshots().own_directory(top) + "/b", "top\n");
  write_file(snapshots().own_directory(low) + "/a", "low\n");
  EXPECT_ERROR(snapshots().commit_onto(top, low), ErrorCode::failed_precondition, low);
  snapshots().commit_onto(low, "");
  snapshots().commit_onto(top, low);
  EXPECT_EQ(run_in(top, "cat a b").out, "low\ntop\n");
  EXPECT_EQ(snapshots().info(top)->parent, low);
  SnapshotId other = snapshots().prepare(low, "test");
  EXPECT_ERROR(snapshots().commit_onto(other, top), ErrorCode::failed_precondition, other);
}

TEST_P(SnapshotterContract, FirstHolderOfAChainWins) {
  SnapshotId one = committed("", "a", "1"), two = committed("", "a", "1");
  spec::Digest chain = digest_of("chain");
  EXPECT_EQ(snapshots().find_chain(chain), std::nullopt);
  EXPECT_EQ(snapshots().set_chain(one, chain), one);
  EXPECT_EQ(snapshots().set_chain(two, chain), one);
  EXPECT_EQ(snapshots().find_chain(chain), one);
  EXPECT_EQ(snapshots().chain_of(one), chain);
  EXPECT_EQ(snapshots().chain_of(two), std::nullopt);
  EXPECT_ERROR(snapshots().set_chain(snapshots().prepare("", "test"), digest_of("x")),
               ErrorCode::failed_precondition, "not committed");
  snapshots().remove(one);
  EXPECT_EQ(snapshots().find_chain(chain), std::nullopt);
}

TEST_P(SnapshotterContract, RemoveSparesParentsAndIsIdempotent) {
  SnapshotId low = committed("", "a", "1");
  SnapshotId top = snapshots().prepare(low, "test");
  EXPECT_ERROR(snapshots().remove(low), ErrorCode::failed_precondition, low);
  std::string directory = snapshots().own_directory(top);
  snapshots().remove(top);
  EXPECT_FALSE(exists(directory));
  EXPECT_FALSE(snapshots().info(top));
  snapshots().remove(top);
  snapshots().remove(low);
  EXPECT_TRUE(snapshots().list().empty());
}

TEST_P(SnapshotterContract, UsageIsOfItsOwnContent) {
  SnapshotId low = committed("", "a", std::string(5000, 'x'));
  SnapshotId top = snapshots().prepare(low, "test");
  EXPECT_EQ(snapshots().usage(low), 5000);
  EXPECT_EQ(snapshots().usage(low), 5000);
  EXPECT_EQ(snapshots().usage(top), 0);
  write_file(snapshots().own_directory(top) + "/b", "12345");
  EXPECT_EQ(snapshots().usage(top), 5);
}

TEST_P(SnapshotterContract, UnknownSnapshotsAreNamed) {
  EXPECT_ERROR(snapshots().mounts("0badf00d"), ErrorCode::not_found, "0badf00d");
  EXPECT_ERROR(snapshots().directories("0badf00d"), ErrorCode::not_found, "0badf00d");
  EXPECT_ERROR(snapshots().commit("0badf00d"), ErrorCode::not_found, "0badf00d");
  EXPECT_FALSE(snapshots().info("0badf00d"));
}

INSTANTIATE_TEST_SUITE_P(All, SnapshotterContract,
                         ::testing::Values(Implementation{
                             "Overlay",
                             [](const std::string& root,
                                db::Database& database) -> std::unique_ptr<Snapshotter> {
                               return std::make_unique<OverlaySnapshotter>(root, database);
                             }}),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace rundlet::image_store
