#include "builder/ops/scaffold.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/fd.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "builder/ops/output_frames.h"

namespace rundlet::builder::ops {
namespace {

class Scaffold : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/rundlet-scaffold-XXXXXX";
    path_ = ::mkdtemp(pattern);
    fs::make_directories(path_ + "/image");
    fs::make_directories(path_ + "/scaffold");
  }
  void TearDown() override { fs::remove_tree(path_); }
  bool make(const std::vector<MountPoint>& points) {
    return make_scaffold(fs::RootedPath(path_ + "/image"), points, path_ + "/scaffold");
  }
  bool made(const std::string& name) { return ::access((path_ + "/scaffold/" + name).c_str(), F_OK) == 0; }

  std::string path_;
};

TEST_F(Scaffold, HoldsOnlyWhatTheImageLacks) {
  fs::make_directories(path_ + "/image/etc");
  fs::make_directories(path_ + "/image/proc");
  write_file(path_ + "/image/etc/hosts", "");
  ASSERT_EQ(::chmod((path_ + "/image/etc").c_str(), 0711), 0);
  EXPECT_TRUE(make({{"/proc", true}, {"/dev", true}, {"/etc/hosts", false}, {"/etc/hostname", false}}));
  EXPECT_TRUE(made("dev"));
  EXPECT_TRUE(made("etc/hostname"));
  EXPECT_FALSE(made("proc"));
  EXPECT_FALSE(made("etc/hosts"));
  struct stat info;
  ASSERT_EQ(::stat((path_ + "/scaffold/etc").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0711u);
}

TEST_F(Scaffold, NothingMissingMakesNothing) {
  fs::make_directories(path_ + "/image/proc");
  EXPECT_FALSE(make({{"/proc", true}}));
}

TEST_F(Scaffold, FollowsSymlinksInsideTheImage) {
  fs::make_directories(path_ + "/image/run");
  fs::make_directories(path_ + "/image/etc");
  fs::make_directories(path_ + "/image/var");
  ASSERT_EQ(::symlink("/run", (path_ + "/image/var/run").c_str()), 0);
  ASSERT_EQ(::symlink("../run/resolve/stub", (path_ + "/image/etc/resolv.conf").c_str()), 0);
  EXPECT_TRUE(make({{"/var/run/x", true}, {"/etc/resolv.conf", false}}));
  EXPECT_TRUE(made("run/x"));
  EXPECT_TRUE(made("run/resolve/stub"));
  EXPECT_FALSE(made("var"));
}

TEST(OutputFrames, AreReadHoweverTheyAreCut) {
  std::string stream;
  auto frame = [&](char kind, const std::string& text) {
    stream += std::string({kind, 0, 0, 0, 0, 0, 0, static_cast<char>(text.size())}) + text;
  };
  frame(1, "out one");
  frame(2, "err");
  frame(1, "");
  frame(1, "out two");
  for (size_t cut = 1; cut <= stream.size(); ++cut) {
    std::string out, err;
    OutputFrames frames([&](std::string_view text, bool is_stderr) { (is_stderr ? err : out) += text; });
    for (size_t at = 0; at < stream.size(); at += cut) frames.feed(std::string_view(stream).substr(at, cut));
    EXPECT_EQ(out, "out oneout two");
    EXPECT_EQ(err, "err");
  }
}

}  // namespace
}  // namespace rundlet::builder::ops
