#include "image-store/mounted_tree.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/fd.h"
#include "base/fs/remove_tree.h"

namespace rundlet::image_store {
namespace {

class MountedTreeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/rundlet-mounted-XXXXXX";
    root_ = ::mkdtemp(pattern);
    for (const char* name : {"lower", "middle", "upper", "work"}) {
      ASSERT_EQ(::mkdir((root_ + "/" + name).c_str(), 0755), 0);
    }
    write_file(root_ + "/lower/below", "from the lower");
    write_file(root_ + "/middle/between", "from the middle");
  }
  void TearDown() override { fs::remove_tree(root_); }

  spec::Mount writable() const {
    return {"",
            "overlay",
            "overlay",
            {"lowerdir=" + root_ + "/middle:" + root_ + "/lower", "upperdir=" + root_ + "/upper",
             "workdir=" + root_ + "/work"}};
  }
  spec::Mount read_only() const {
    return {"", "overlay", "overlay", {"ro", "lowerdir=" + root_ + "/middle:" + root_ + "/lower"}};
  }
  static std::string read_in(const fs::RootedPath& tree, const char* path) {
    return read_all(tree.open(path, O_RDONLY).get());
  }
  bool mounted_on_host() const { return read_file("/proc/self/mountinfo").find(root_) != std::string::npos; }

  std::string root_;
};

TEST_F(MountedTreeTest, MergesLayersAndWritesToTheUpper) {
  {
    MountedTree tree({writable()});
    EXPECT_EQ(read_in(tree.root(), "below"), "from the lower");
    EXPECT_EQ(read_in(tree.root(), "between"), "from the middle");
    write_all(tree.root().open("new", O_WRONLY | O_CREAT, 0644).get(), "written");
    EXPECT_FALSE(mounted_on_host());
  }
  EXPECT_EQ(read_file(root_ + "/upper/new"), "written");
  EXPECT_NE(::access((root_ + "/lower/new").c_str(), F_OK), 0);
}

TEST_F(MountedTreeTest, ReadOnlyTreesRefuseWrites) {
  MountedTree overlay({read_only()});
  EXPECT_THROW(overlay.root().open("new", O_WRONLY | O_CREAT, 0644), Error);
  MountedTree bind({spec::Mount{"", "bind", root_ + "/lower", {"bind", "ro"}}});
  EXPECT_EQ(read_in(bind.root(), "below"), "from the lower");
  EXPECT_THROW(bind.root().open("new", O_WRONLY | O_CREAT, 0644), Error);
}

TEST_F(MountedTreeTest, BothWaysToDetachAnOverlayAgree) {
  fs::RootedPath by_namespace(detail::overlay_by_private_namespace(writable()));
  EXPECT_EQ(read_in(by_namespace, "below"), "from the lower");
  write_all(by_namespace.open("new", O_WRONLY | O_CREAT, 0644).get(), "x");
  EXPECT_EQ(read_file(root_ + "/upper/new"), "x");
  EXPECT_FALSE(mounted_on_host());
  fs::RootedPath by_fsopen(detail::overlay_by_fsopen(read_only()));
  EXPECT_EQ(read_in(by_fsopen, "between"), "from the middle");
}

TEST_F(MountedTreeTest, ReportsWhatTheKernelRefuses) {
  spec::Mount mount = writable();
  mount.options[0] = "lowerdir=" + root_ + "/missing";
  EXPECT_THROW(MountedTree({mount}), Error);
  EXPECT_THROW(MountedTree({}), Error);
}

}  // namespace
}  // namespace rundlet::image_store
