#include "builder/ops/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cstdlib>

#include "base/codec/compress.h"
#include "base/codec/tar.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"

namespace rundlet::builder::ops {
namespace {

class CopyFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/rundlet-copy-XXXXXX";
    path_ = ::mkdtemp(pattern);
    fs::make_directories(path_ + "/from/dir/sub");
    fs::make_directories(path_ + "/to");
    write_file(from("a.txt"), "a");
    write_file(from("b.txt"), "b");
    write_file(from("dir/inner"), "inner");
    write_file(from("dir/sub/deep"), "deep");
  }
  void TearDown() override { fs::remove_tree(path_); }

  std::string from(const std::string& name) const { return path_ + "/from/" + name; }
  std::string to(const std::string& name) const { return path_ + "/to/" + name; }

  graph::CopyOp op(std::vector<std::string> sources, const std::string& destination) const {
    graph::CopyOp result;
    for (const std::string& source : sources) result.sources.push_back({1, source, "", false});
    result.destination = destination;
    result.root_owner = true;
    return result;
  }
  void copy(const graph::CopyOp& what) const {
    fs::RootedPath source(path_ + "/from"), target(path_ + "/to");
    copy_files(what, {&target, &source}, target, nullptr);
  }
  std::string error_of(const graph::CopyOp& what) const {
    try {
      copy(what);
    } catch (const Error& e) {
      return e.message();
    }
    return "no error";
  }
  struct stat stat_of(const std::string& name) const {
    struct stat info {};
    EXPECT_EQ(::lstat(to(name).c_str(), &info), 0) << name;
    return info;
  }
  std::string digest(const graph::CopyOp& what) const {
    return digest_of_source(what, 1, fs::RootedPath(path_ + "/from"));
  }

  std::string path_;
};

TEST_F(CopyFiles, FileGoesToTheNameOrBelowTheDirectory) {
  copy(op({"a.txt"}, "/new/name"));
  EXPECT_EQ(read_file(to("new/name")), "a");
  copy(op({"a.txt"}, "/dir/"));
  EXPECT_EQ(read_file(to("dir/a.txt")), "a");
  copy(op({"b.txt"}, "/dir"));
  EXPECT_EQ(read_file(to("dir/b.txt")), "b");
  copy(op({"b.txt"}, "/"));
  EXPECT_EQ(read_file(to("b.txt")), "b");
}

TEST_F(CopyFiles, DirectoryGivesItsContent) {
  copy(op({"dir"}, "/target"));
  EXPECT_EQ(read_file(to("target/inner")), "inner");
  EXPECT_EQ(read_file(to("target/sub/deep")), "deep");
  copy(op({"."}, "/all/"));
  EXPECT_EQ(read_file(to("all/dir/sub/deep")), "deep");
}

TEST_F(CopyFiles, PatternsMatchWithinOneComponent) {
  copy(op({"*.txt"}, "/t/"));
  EXPECT_EQ(read_file(to("t/a.txt")), "a");
  EXPECT_EQ(read_file(to("t/b.txt")), "b");
  EXPECT_EQ(error_of(op({"*.txt"}, "/one")),
            "COPY failed: When using COPY with more than one source file, the destination must be a "
            "directory and end "
            "with a /");
  copy(op({"*/inn?r"}, "/pattern"));
  EXPECT_EQ(read_file(to("pattern")), "inner");
}

TEST_F(CopyFiles, SaysWhatIsMissing) {
  EXPECT_EQ(error_of(op({"none"}, "/x")),
            "COPY failed: file not found in build context or excluded by .dockerignore: stat none: file does "
            "not exist");
  EXPECT_EQ(error_of(op({"*.none"}, "/x")), "COPY failed: no source files were specified");
}

TEST_F(CopyFiles, KeepsModesTimesLinksAndXattrs) {
  ASSERT_EQ(::chmod(from("a.txt").c_str(), 04750), 0);
  timespec times[] = {{1000, 0}, {2000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, from("a.txt").c_str(), times, 0), 0);
  ASSERT_EQ(::symlink("inner", from("dir/link").c_str()), 0);
  ASSERT_EQ(::link(from("dir/inner").c_str(), from("dir/hard").c_str()), 0);
  bool xattrs = ::setxattr(from("a.txt").c_str(), "user.test", "v", 1, 0) == 0;
  ASSERT_EQ(::utimensat(AT_FDCWD, from("dir/sub").c_str(), times, 0), 0);
  copy(op({"a.txt", "dir"}, "/"));
  EXPECT_EQ(stat_of("a.txt").st_mode & 07777, 04750u);
  EXPECT_EQ(stat_of("a.txt").st_mtim.tv_sec, 2000);
  EXPECT_EQ(stat_of("sub").st_mtim.tv_sec, 2000);
  EXPECT_TRUE(S_ISLNK(stat_of("link").st_mode));
  EXPECT_EQ(stat_of("hard").st_ino, stat_of("inner").st_ino);
  char value[8];
  if (xattrs) {
    EXPECT_EQ(::getxattr(to("a.txt").c_str(), "user.test", value, sizeof value), 1);
  }
}

TEST_F(CopyFiles, KeepsHoles) {
  Fd file = open_file(from("sparse"), O_WRONLY | O_CREAT, 0644);
  ASSERT_EQ(::pwrite(file.get(), "x", 1, 8 << 20), 1);
  copy(op({"sparse"}, "/sparse"));
  EXPECT_EQ(stat_of("sparse").st_size, (8 << 20) + 1);
  EXPECT_LT(stat_of("sparse").st_blocks * 512, 1 << 20);
}

TEST_F(CopyFiles, OwnerAndModeOfTheFlags) {
  graph::CopyOp what = op({"dir"}, "/made/below/");
  what.owner = "12:34";
  what.mode = 0600;
  copy(what);
  for (const char* name : {"made", "made/below", "made/below/inner", "made/below/sub"}) {
    EXPECT_EQ(stat_of(name).st_uid, 12u) << name;
    EXPECT_EQ(stat_of(name).st_gid, 34u) << name;
  }
  EXPECT_EQ(stat_of("made/below/inner").st_mode & 07777, 0600u);
}

TEST_F(CopyFiles, StagesKeepTheirOwners) {
  ASSERT_EQ(::chown(from("a.txt").c_str(), 5, 6), 0);
  graph::CopyOp what = op({"a.txt"}, "/x");
  copy(what);
  EXPECT_EQ(stat_of("x").st_uid, 0u);
  what.root_owner = false;
  copy(what);
  EXPECT_EQ(stat_of("x").st_uid, 5u);
}

TEST_F(CopyFiles, SymlinksLeadNowhereOutside) {
  std::string outside = path_ + "/outside";
  fs::make_directories(outside);
  write_file(outside + "/secret", "secret");
  ASSERT_EQ(::symlink(outside.c_str(), to("trap").c_str()), 0);
  ASSERT_EQ(::symlink((outside + "/secret").c_str(), from("leak").c_str()), 0);
  copy(op({"a.txt"}, "/trap/a.txt"));
  EXPECT_NE(::access((outside + "/a.txt").c_str(), F_OK), 0);
  EXPECT_NE(error_of(op({"leak"}, "/x")), "no error");
  copy(op({"../../../../etc/../a.txt"}, "/y"));
  EXPECT_EQ(read_file(to("y")), "a");
}

TEST_F(CopyFiles, FollowsDirectoriesLinkedInTheTarget) {
  fs::make_directories(path_ + "/to/usr/lib");
  ASSERT_EQ(::symlink("usr/lib", to("lib").c_str()), 0);
  fs::make_directories(path_ + "/from/root/lib");
  write_file(from("root/lib/x.so"), "so");
  copy(op({"root"}, "/"));
  EXPECT_TRUE(S_ISLNK(stat_of("lib").st_mode));
  EXPECT_EQ(read_file(to("usr/lib/x.so")), "so");
}

TEST_F(CopyFiles, RefusesToMixFilesAndDirectories) {
  write_file(to("file"), "f");
  fs::make_directories(path_ + "/to/a.txt");
  EXPECT_EQ(error_of(op({"dir"}, "/file")), "cannot copy to non-directory: /file");
  graph::CopyOp what = op({"a.txt"}, "/");
  EXPECT_EQ(error_of(what), "cannot copy to directory: a.txt");
}

TEST_F(CopyFiles, ContentOfHeredocs) {
  graph::CopyOp what;
  what.sources.push_back({0, "script", "echo hi\n", false});
  what.destination = "/bin/";
  what.root_owner = true;
  copy(what);
  EXPECT_EQ(read_file(to("bin/script")), "echo hi\n");
  EXPECT_EQ(stat_of("bin/script").st_mode & 07777, 0644u);
}

TEST_F(CopyFiles, DigestIsOfContentNotOfTimes) {
  auto what = op({"."}, "/");
  std::string before = digest(what);
  timespec times[] = {{1, 0}, {1, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, from("a.txt").c_str(), times, 0), 0);
  ASSERT_EQ(::chown(from("a.txt").c_str(), 7, 7), 0);
  EXPECT_EQ(digest(what), before);
  what.root_owner = false;
  EXPECT_NE(digest(what), before);
  what.root_owner = true;
  ASSERT_EQ(::chmod(from("a.txt").c_str(), 0600), 0);
  EXPECT_NE(digest(what), before);
  ASSERT_EQ(::chmod(from("a.txt").c_str(), 0644), 0);
  EXPECT_EQ(digest(what), before);
  ASSERT_EQ(::rename(from("a.txt").c_str(), from("c.txt").c_str()), 0);
  EXPECT_NE(digest(what), before);
  EXPECT_EQ(digest(op({"dir"}, "/")), digest(op({"./dir/"}, "/elsewhere")));
}

// A tar with what `add` puts into it, beside the other sources.
void write_archive(const std::string& path, codec::Compression how,
                   const std::vector<codec::TarEntry>& entries) {
  struct FileSink : codec::Sink {
    explicit FileSink(const std::string& name) : fd(open_file(name, O_WRONLY | O_CREAT | O_TRUNC, 0644)) {}
    void write(std::string_view data) override { write_all(fd.get(), data); }
    Fd fd;
  } file(path);
  auto sink = codec::compressing_sink(how, file);
  codec::TarWriter tar(*sink);
  for (codec::TarEntry entry : entries) {
    if (entry.type == codec::EntryType::file) entry.size = 4;
    tar.begin(entry);
    if (entry.type == codec::EntryType::file) tar.write("data");
  }
  tar.finish();
  sink->finish();
}

codec::TarEntry entry(const std::string& path, codec::EntryType type, const std::string& target = "") {
  codec::TarEntry result;
  result.path = path;
  result.type = type;
  result.mode = type == codec::EntryType::directory ? 0750 : 0640;
  result.uid = 3;
  result.mtime = from_unix_nanos(5'000'000'000);
  result.link_target = target;
  return result;
}

graph::CopyOp unpack(graph::CopyOp what) {
  what.add = true;
  for (auto& source : what.sources) source.unpack = true;
  return what;
}

TEST_F(CopyFiles, AddUnpacksArchives) {
  using codec::EntryType;
  for (codec::Compression how :
       {codec::Compression::none, codec::Compression::gzip, codec::Compression::zstd}) {
    write_archive(from("archive"), how,
                  {entry("d", EntryType::directory), entry("d/f", EntryType::file),
                   entry("d/l", EntryType::symlink, "f"), entry("d/h", EntryType::hardlink, "d/f")});
    copy(unpack(op({"archive"}, "/out/")));
    EXPECT_EQ(read_file(to("out/d/f")), "data");
    EXPECT_EQ(stat_of("out/d/f").st_uid, 3u);
    EXPECT_EQ(stat_of("out/d").st_mode & 07777, 0750u);
    EXPECT_EQ(stat_of("out/d").st_mtim.tv_sec, 5);
    EXPECT_EQ(stat_of("out/d/h").st_ino, stat_of("out/d/f").st_ino);
    fs::remove_tree(to("out"));
  }
}

TEST_F(CopyFiles, AddCopiesWhatIsNoArchive) {
  write_file(from("empty"), "");
  write_file(from("zeros"), std::string(2048, '\0'));
  copy(unpack(op({"a.txt", "empty", "zeros"}, "/out/")));
  EXPECT_EQ(read_file(to("out/a.txt")), "a");
  EXPECT_EQ(read_file(to("out/empty")), "");
  EXPECT_EQ(stat_of("out/zeros").st_size, 2048);
}

TEST_F(CopyFiles, HostileArchivesStayInTheTree) {
  using codec::EntryType;
  std::string outside = path_ + "/outside";
  fs::make_directories(outside);
  write_archive(from("archive"), codec::Compression::none,
                {entry("../../up", EntryType::file), entry("/absolute", EntryType::file),
                 entry("trap", EntryType::symlink, outside), entry("trap/through", EntryType::file)});
  copy(unpack(op({"archive"}, "/out/")));
  EXPECT_EQ(read_file(to("out/up")), "data");
  EXPECT_EQ(read_file(to("out/absolute")), "data");
  EXPECT_NE(::access((outside + "/through").c_str(), F_OK), 0);
  write_archive(from("archive"), codec::Compression::none,
                {entry("hard", EntryType::hardlink, "../../../../../../etc/passwd")});
  EXPECT_NE(error_of(unpack(op({"archive"}, "/out/"))), "no error");
}

TEST(MakeDirectory, LeavesWhatIsThereAlone) {
  char pattern[] = "/tmp/rundlet-mkdir-XXXXXX";
  std::string path = ::mkdtemp(pattern);
  {
    fs::RootedPath root(path);
    make_directory({"/a/b", "7:8"}, root);
    EXPECT_EQ(root.stat("a/b").st_uid, 7u);
    EXPECT_EQ(root.stat("a/b").st_gid, 8u);
    make_directory({"/a", ""}, root);
    EXPECT_EQ(root.stat("a").st_uid, 7u);
  }
  fs::remove_tree(path);
}

}  // namespace
}  // namespace rundlet::builder::ops
