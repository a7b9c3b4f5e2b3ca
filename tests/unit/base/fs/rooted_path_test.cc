#include "base/fs/rooted_path.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/error.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet::fs {
namespace {

using test::TempDir;
using test::thrown_code;
using test::thrown_message;

// OUTSIDE/secret beside OUTSIDE/root, which is the tree.
class RootedPathTest : public ::testing::Test {
 protected:
  RootedPathTest() : rooted_(make_tree()) {}
  std::string make_tree() {
    ::mkdir((dir_ / "root").c_str(), 0755);
    write_file(dir_ / "secret", "outside");
    return dir_ / "root";
  }
  std::string in(const std::string& name) const { return dir_ / "root/" + name; }

  TempDir dir_;
  RootedPath rooted_;
};

TEST_F(RootedPathTest, OpensFilesByRelativeAndAbsoluteName) {
  write_file(in("file"), "inside");
  EXPECT_EQ(read_all(rooted_.open("file", O_RDONLY).get()), "inside");
  EXPECT_EQ(read_all(rooted_.open("/file", O_RDONLY).get()), "inside");
  EXPECT_EQ(read_all(rooted_.open("//./file", O_RDONLY).get()), "inside");
}

TEST_F(RootedPathTest, DotDotStopsAtTheRoot) {
  EXPECT_FALSE(rooted_.exists("../secret"));
  EXPECT_FALSE(rooted_.exists("/../../../secret"));
  write_file(in("secret"), "inside");
  EXPECT_EQ(read_all(rooted_.open("../../secret", O_RDONLY).get()), "inside");
}

TEST_F(RootedPathTest, SymlinksResolveInsideTheRoot) {
  ASSERT_EQ(::symlink((dir_ / "secret").c_str(), in("absolute").c_str()), 0);
  ASSERT_EQ(::symlink("../secret", in("relative").c_str()), 0);
  ASSERT_EQ(::symlink("/etc", in("etc-link").c_str()), 0);
  EXPECT_EQ(thrown_code([&] { rooted_.open("absolute", O_RDONLY); }), "not_found");
  EXPECT_EQ(thrown_code([&] { rooted_.open("relative", O_RDONLY); }), "not_found");
  EXPECT_FALSE(rooted_.exists("etc-link/passwd"));
}

TEST_F(RootedPathTest, CreatingThroughADanglingSymlinkStaysInside) {
  ASSERT_EQ(::symlink((dir_ / "created").c_str(), in("link").c_str()), 0);
  EXPECT_EQ(thrown_code([&] { rooted_.open("link", O_WRONLY | O_CREAT, 0644); }), "not_found");
  EXPECT_NE(::access((dir_ / "created").c_str(), F_OK), 0);
}

TEST_F(RootedPathTest, MagicLinksAreRefused) {
  RootedPath proc("/proc");
  EXPECT_NE(thrown_code([&] { proc.open("self/root/etc/passwd", O_RDONLY); }), "no error");
  EXPECT_NE(thrown_code([&] { proc.open("self/fd/0", O_RDONLY); }), "no error");
}

TEST_F(RootedPathTest, ErrorsShowThePathAsSeenFromTheRoot) {
  EXPECT_EQ(thrown_message([&] { rooted_.open("etc/none", O_RDONLY); }),
            "open /etc/none: No such file or directory");
}

TEST_F(RootedPathTest, RefusesNulBytes) {
  EXPECT_EQ(thrown_code([&] { rooted_.open(std::string_view("a\0b", 3), O_RDONLY); }), "invalid_argument");
}

TEST_F(RootedPathTest, OpenPathDoesNotFollowTheLastSymlink) {
  ASSERT_EQ(::symlink("nowhere", in("link").c_str()), 0);
  EXPECT_TRUE(S_ISLNK(rooted_.stat("link").st_mode));
  EXPECT_TRUE(rooted_.exists("link"));
  EXPECT_EQ(rooted_.stat("").st_ino, rooted_.stat("/").st_ino);
}

TEST_F(RootedPathTest, ModeOnlyMattersWhenCreating) {
  write_file(in("file"), "x");
  EXPECT_NO_THROW(rooted_.open("file", O_RDONLY, 0644));
  Fd made = rooted_.open("made", O_WRONLY | O_CREAT | O_EXCL, 0640);
  EXPECT_EQ(rooted_.stat("made").st_mode & 0777, 0640u);
  EXPECT_EQ(::fcntl(made.get(), F_GETFD), FD_CLOEXEC);
}

TEST_F(RootedPathTest, ParentOfGivesDirectoryAndName) {
  ASSERT_EQ(::mkdir(in("d").c_str(), 0755), 0);
  for (const char* path : {"d/name", "/d/name", "d/name/", "d//name/.", "/d/./name//"}) {
    auto parent = rooted_.parent_of(path);
    EXPECT_EQ(parent.name, "name") << path;
    ASSERT_EQ(::mkdirat(parent.directory.get(), "name", 0755), 0) << path;
    ASSERT_EQ(::rmdir(in("d/name").c_str()), 0) << path;
  }
  EXPECT_EQ(rooted_.parent_of("top").name, "top");
}

TEST_F(RootedPathTest, ParentOfRefusesWhatNamesNoEntry) {
  for (const char* path : {"", "/", ".", "./.", "..", "a/..", "a/../", "/.."})
    EXPECT_EQ(thrown_code([&] { rooted_.parent_of(path); }), "invalid_argument") << path;
  EXPECT_EQ(thrown_code([&] { rooted_.parent_of("none/name"); }), "not_found");
}

TEST_F(RootedPathTest, MakesDirectoriesWithOwner) {
  ::umask(022);
  rooted_.make_directories("/a/b/../c", 0750, 1234, 5678);
  struct stat found = rooted_.stat("a/c");
  EXPECT_EQ(found.st_mode & 07777, 0750u);
  EXPECT_EQ(found.st_uid, 1234u);
  EXPECT_EQ(found.st_gid, 5678u);
  struct stat made;
  Fd again = rooted_.make_directories("a/c", 0700, 1, 1);
  ASSERT_EQ(::fstat(again.get(), &made), 0);
  EXPECT_EQ(made.st_ino, found.st_ino);
  EXPECT_EQ(made.st_uid, 1234u) << "what exists keeps its owner";
}

TEST_F(RootedPathTest, MakesDirectoriesBehindDanglingSymlinksInside) {
  ASSERT_EQ(::symlink((dir_ / "escaped").c_str(), in("absolute").c_str()), 0);
  ASSERT_EQ(::symlink("../../escaped2", in("relative").c_str()), 0);
  rooted_.make_directories("absolute/x");
  rooted_.make_directories("relative/x");
  EXPECT_TRUE(S_ISDIR(rooted_.stat(dir_ / "escaped/x").st_mode));
  EXPECT_TRUE(S_ISDIR(rooted_.stat("escaped2/x").st_mode));
  EXPECT_NE(::access((dir_ / "escaped").c_str(), F_OK), 0);
  EXPECT_NE(::access((dir_ / "escaped2").c_str(), F_OK), 0);
}

TEST_F(RootedPathTest, MakeDirectoriesRefusesLoopsAndFiles) {
  ASSERT_EQ(::symlink("loop", in("loop").c_str()), 0);
  ASSERT_EQ(::symlink("grow/x", in("grow").c_str()), 0);
  write_file(in("file"), "");
  EXPECT_NE(thrown_code([&] { rooted_.make_directories("loop/x"); }), "no error");
  EXPECT_NE(thrown_code([&] { rooted_.make_directories("grow/x"); }), "no error");
  EXPECT_NE(thrown_code([&] { rooted_.make_directories("file"); }), "no error");
  EXPECT_NE(thrown_code([&] { rooted_.make_directories("file/x"); }), "no error");
}

TEST_F(RootedPathTest, StatSaysNotFoundBelowAFile) {
  write_file(in("file"), "");
  EXPECT_EQ(thrown_code([&] { rooted_.stat("file/x"); }), "not_found");
  EXPECT_EQ(thrown_code([&] { rooted_.stat("none"); }), "not_found");
  EXPECT_FALSE(rooted_.exists("file/x"));
}

// A directory that is swapped for a symlink to the outside all the time: every open finds the inner file or
// none.
TEST_F(RootedPathTest, RacingSymlinkNeverLeadsOut) {
  ASSERT_EQ(::mkdir(in("d").c_str(), 0755), 0);
  write_file(in("d/secret"), "inside");
  ASSERT_EQ(::symlink(dir_.path().c_str(), in("evil").c_str()), 0);
  std::atomic<bool> stop = false;
  std::thread swapper([&] {
    while (!stop) ::renameat2(AT_FDCWD, in("d").c_str(), AT_FDCWD, in("evil").c_str(), RENAME_EXCHANGE);
  });
  int found = 0;
  for (int i = 0; i < 20000; ++i) {
    try {
      std::string content = read_all(rooted_.open("d/../d/secret", O_RDONLY).get());
      EXPECT_EQ(content, "inside");
      ++found;
    } catch (const Error&) {
      continue;  // the link's target does not exist inside, or the kernel gave up on the race
    }
  }
  stop = true;
  swapper.join();
  EXPECT_GT(found, 0);
}

TEST(CleanPath, MatchesGo) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "."},
      {".", "."},
      {"/", "/"},
      {"//", "/"},
      {"a/./b//../c", "a/c"},
      {"../a", "../a"},
      {"/../a", "/a"},
      {"a/..", "."},
      {"a/../..", ".."},
      {"/a/b/../../..", "/"},
      {"a//b", "a/b"},
      {"./a/", "a"},
      {"a/b/c/..", "a/b"},
      {"../../x", "../../x"},
      {"abc/def/", "abc/def"},
  };
  for (const auto& [path, expected] : cases) EXPECT_EQ(clean_path(path), expected) << path;
}

}  // namespace
}  // namespace rundlet::fs
