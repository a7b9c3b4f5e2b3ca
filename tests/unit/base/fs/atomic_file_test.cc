#include "base/fs/atomic_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "base/fd.h"
#include "base/fs/file_lock.h"
#include "tests/unit/base/crash.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet::fs {
namespace {

using test::TempDir;
using test::thrown_code;

int count_entries(const std::string& path) {
  DIR* stream = ::opendir(path.c_str());
  int count = 0;
  while (const dirent* entry = ::readdir(stream))
    count += entry->d_name != std::string(".") && entry->d_name != std::string("..");
  ::closedir(stream);
  return count;
}

TEST(AtomicFile, CreatesAndReplacesWithExactMode) {
  TempDir dir;
  ::umask(077);
  write_file_atomic(dir / "file", "one", 0644);
  ::umask(022);
  write_file_atomic(dir / "file", "two", 0640);
  EXPECT_EQ(read_file(dir / "file"), "two");
  struct stat found;
  ASSERT_EQ(::stat((dir / "file").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0640u);
  EXPECT_EQ(count_entries(dir.path()), 1);
}

TEST(AtomicFile, ReplacesASymlinkInsteadOfWritingThroughIt) {
  TempDir dir;
  write_file(dir / "target", "old");
  ASSERT_EQ(::symlink("target", (dir / "link").c_str()), 0);
  write_file_atomic(dir / "link", "new");
  EXPECT_EQ(read_file(dir / "target"), "old");
  EXPECT_EQ(read_file(dir / "link"), "new");
}

TEST(AtomicFile, FailureLeavesNothingBehind) {
  TempDir dir;
  ASSERT_EQ(::mkdir((dir / "directory").c_str(), 0755), 0);
  EXPECT_NE(thrown_code([&] { write_file_atomic(dir / "directory", "x"); }), "no error");
  EXPECT_EQ(count_entries(dir.path()), 1);
  EXPECT_EQ(thrown_code([&] { write_file_atomic(dir / "none/file", "x"); }), "not_found");
}

TEST(AtomicFileCrash, DISABLED_Write) {
  write_file_atomic(test::crash_test_path(), "new");
}

TEST(AtomicFile, CrashLeavesOldOrNewContentWhole) {
  for (const auto& [point, expected] :
       {std::pair("atomic_file.before_rename", "old"), std::pair("atomic_file.after_rename", "new")}) {
    TempDir dir;
    write_file_atomic(dir / "file", "old");
    ASSERT_EQ(test::signal_at_crash_point(point, "AtomicFileCrash.DISABLED_Write", dir / "file"), SIGKILL)
        << point;
    EXPECT_EQ(read_file(dir / "file"), expected) << point;
  }
}

TEST(MakeDirectories, MakesTheWholePathAndKeepsWhatExists) {
  TempDir dir;
  ASSERT_EQ(::mkdir((dir / "a").c_str(), 0700), 0);
  make_directories(dir / "a/b//c/", 0750);
  make_directories(dir / "a/b/c");
  struct stat found;
  ASSERT_EQ(::stat((dir / "a/b/c").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0750u);
  ASSERT_EQ(::stat((dir / "a").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0700u);
}

TEST(MakeDirectories, SaysWhichPartIsInTheWay) {
  TempDir dir;
  write_file(dir / "file", "");
  EXPECT_EQ(test::thrown_message([&] { make_directories(dir / "file/x"); }),
            "mkdir " + (dir / "file") + ": File exists");
}

TEST(MakeDirectories, WorksBesideOthersDoingTheSame) {
  TempDir dir;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { make_directories(dir / "a/b/c/d/e/f"); });
  threads.clear();
  EXPECT_EQ(::access((dir / "a/b/c/d/e/f").c_str(), F_OK), 0);
}

TEST(FileLock, IsHeldByOneAndFreedWithItsHolder) {
  TempDir dir;
  auto first = FileLock::try_acquire(dir / "lock");
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(FileLock::try_acquire(dir / "lock").has_value());
  first.reset();
  EXPECT_TRUE(FileLock::try_acquire(dir / "lock").has_value());
}

TEST(FileLock, DiesWithTheProcess) {
  TempDir dir;
  pid_t pid = ::fork();
  if (pid == 0) {
    bool held = FileLock::try_acquire(dir / "lock").has_value();
    ::raise(held ? SIGKILL : SIGABRT);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_TRUE(FileLock::try_acquire(dir / "lock").has_value());
}

}  // namespace
}  // namespace rundlet::fs
