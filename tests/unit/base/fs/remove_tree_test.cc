#include "base/fs/remove_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/fs/atomic_file.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet::fs {
namespace {

using test::TempDir;
using test::thrown_code;
using test::thrown_message;

bool exists(const std::string& path) {
  struct stat found;
  return ::lstat(path.c_str(), &found) == 0;
}

// A chain of directories too deep for any path name.
void make_deep(const std::string& path, int depth) {
  ASSERT_EQ(::mkdir(path.c_str(), 0755), 0);
  Fd at = open_file(path, O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < depth; ++i) {
    ASSERT_EQ(::mkdirat(at.get(), "d", 0755), 0);
    Fd file(::openat(at.get(), "f", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    write_all(file.get(), "x");
    at = Fd(::openat(at.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    ASSERT_TRUE(at);
  }
}

TEST(RemoveTree, RemovesEveryKindOfEntry) {
  TempDir dir;
  make_directories(dir / "tree/a/b");
  write_file(dir / "tree/a/file", "x");
  ASSERT_EQ(::symlink("nowhere", (dir / "tree/link").c_str()), 0);
  ASSERT_EQ(::mkfifo((dir / "tree/fifo").c_str(), 0644), 0);
  ASSERT_EQ(::mknod((dir / "tree/device").c_str(), S_IFCHR | 0644, makedev(0, 0)), 0);
  ASSERT_EQ(::chmod((dir / "tree/a").c_str(), 0), 0);
  remove_tree(dir / "tree/");
  EXPECT_FALSE(exists(dir / "tree"));
}

TEST(RemoveTree, MissingTreesAreNoError) {
  TempDir dir;
  EXPECT_NO_THROW(remove_tree(dir / "none"));
  EXPECT_NO_THROW(remove_tree(dir / "none/none"));
}

TEST(RemoveTree, RemovesASingleFileOrSymlinkItself) {
  TempDir dir;
  make_directories(dir / "kept");
  write_file(dir / "kept/file", "x");
  write_file(dir / "single", "x");
  ASSERT_EQ(::symlink("kept", (dir / "link").c_str()), 0);
  remove_tree(dir / "single");
  remove_tree(dir / "link");
  EXPECT_FALSE(exists(dir / "single"));
  EXPECT_FALSE(exists(dir / "link"));
  EXPECT_TRUE(exists(dir / "kept/file"));
}

TEST(RemoveTree, DoesNotFollowSymlinksOut) {
  TempDir dir;
  make_directories(dir / "outside");
  write_file(dir / "outside/file", "x");
  make_directories(dir / "tree");
  ASSERT_EQ(::symlink("../outside", (dir / "tree/link").c_str()), 0);
  remove_tree(dir / "tree");
  EXPECT_TRUE(exists(dir / "outside/file"));
}

TEST(RemoveTree, RefusesNamesThatAreNoTree) {
  for (const char* path : {"", ".", "..", "/", "a/.."})
    EXPECT_EQ(thrown_code([&] { remove_tree(path); }), "invalid_argument") << path;
}

TEST(RemoveTree, TakesTreesOfAnyDepthWithFewDescriptors) {
  TempDir dir;
  make_deep(dir / "tree", 6000);
  rlimit old;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  rlimit few{128, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  EXPECT_EQ(tree_size(dir / "tree"), 6000);
  EXPECT_NO_THROW(remove_tree(dir / "tree"));
  ::setrlimit(RLIMIT_NOFILE, &old);
  EXPECT_FALSE(exists(dir / "tree"));
}

TEST(RemoveTree, TakesWideTrees) {
  TempDir dir;
  for (int i = 0; i < 3000; ++i) {
    make_directories(dir / "tree/" + std::to_string(i) + "/sub");
    write_file(dir / "tree/" + std::to_string(i) + "/file", "");
  }
  remove_tree(dir / "tree");
  EXPECT_FALSE(exists(dir / "tree"));
}

// Runs f in a mount namespace of its own, in a child; its exit code says whether expectations held.
template <class F>
void in_mount_namespace(F&& f) {
  pid_t pid = ::fork();
  if (pid == 0) {
    if (::unshare(CLONE_NEWNS) < 0 || ::mount("", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0) ::_exit(2);
    f();
    ::_exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(status, 0);
}

TEST(RemoveTree, NeverCrossesAMountPoint) {
  TempDir dir;
  make_directories(dir / "other");
  write_file(dir / "other/file", "precious");
  make_directories(dir / "tree/a/mnt");
  in_mount_namespace([&] {
    // The same file system mounted again: device numbers would not tell.
    ASSERT_EQ(::mount((dir / "other").c_str(), (dir / "tree/a/mnt").c_str(), "", MS_BIND, nullptr), 0);
    EXPECT_EQ(thrown_code([&] { remove_tree(dir / "tree"); }), "failed_precondition");
    EXPECT_NE(thrown_message([&] { remove_tree(dir / "tree"); }).find(dir / "tree/a/mnt"), std::string::npos);
    EXPECT_EQ(thrown_code([&] { remove_tree(dir / "tree/a/mnt"); }), "failed_precondition");
    EXPECT_EQ(tree_size(dir / "tree"), 0);
  });
  EXPECT_TRUE(exists(dir / "other/file"));
}

TEST(RemoveTree, RefusesABoundFile) {
  TempDir dir;
  write_file(dir / "other", "precious");
  make_directories(dir / "tree");
  write_file(dir / "tree/file", "");
  in_mount_namespace([&] {
    ASSERT_EQ(::mount((dir / "other").c_str(), (dir / "tree/file").c_str(), "", MS_BIND, nullptr), 0);
    EXPECT_EQ(thrown_code([&] { remove_tree(dir / "tree"); }), "failed_precondition");
  });
  EXPECT_EQ(read_file(dir / "other"), "precious");
}

TEST(RemoveTree, NamesWhatCannotBeRemoved) {
  TempDir dir;
  make_directories(dir / "tree/a");
  write_file(dir / "tree/a/stuck", "");
  Fd stuck = open_file(dir / "tree/a/stuck", O_RDONLY);
  int flags = FS_IMMUTABLE_FL;
  if (::ioctl(stuck.get(), FS_IOC_SETFLAGS, &flags) < 0) GTEST_SKIP() << "no immutable files here";
  EXPECT_EQ(thrown_message([&] { remove_tree(dir / "tree"); }),
            "remove " + (dir / "tree/a/stuck") + ": Operation not permitted");
  flags = 0;
  EXPECT_EQ(::ioctl(stuck.get(), FS_IOC_SETFLAGS, &flags), 0);
}

TEST(TreeSize, CountsHardLinksOnce) {
  TempDir dir;
  make_directories(dir / "tree/a");
  write_file(dir / "tree/one", std::string(1000, 'x'));
  write_file(dir / "tree/a/two", std::string(234, 'x'));
  ASSERT_EQ(::link((dir / "tree/one").c_str(), (dir / "tree/a/again").c_str()), 0);
  EXPECT_EQ(tree_size(dir / "tree"), 1234);
  EXPECT_EQ(tree_size(dir / "none"), 0);
}

}  // namespace
}  // namespace rundlet::fs
