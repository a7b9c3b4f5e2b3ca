#include <sys/xattr.h>

#include "image-store/layer.h"
#include "image-store/layer_xattrs.h"
#include "tests/unit/image-store/store_fixture.h"

namespace rundlet::image_store {
namespace {

using namespace testing;
using codec::Compression;
using codec::EntryType;

class LayerApplyTest : public ::testing::Test {
 protected:
  LayerApplyTest() {
    root_ = scratch_.path() + "/layer";
    EXPECT_EQ(::mkdir(root_.c_str(), 0755), 0);
    write_file(scratch_.path() + "/outside", "untouched");
  }
  ~LayerApplyTest() override {  // no archive may ever have reached this
    EXPECT_EQ(read_file(scratch_.path() + "/outside"), "untouched");
    EXPECT_EQ(lstat_of(scratch_.path() + "/outside").st_nlink, 1u);
  }
  AppliedLayer apply(const std::string& data) {
    auto source = codec::string_source(data);
    return apply_layer(*source, root_);
  }
  std::string in(const std::string& path) { return root_ + "/" + path; }
  std::string read(const std::string& path) { return read_file(in(path)); }
  bool whiteout(const std::string& path) { return is_whiteout(lstat_of(in(path))); }

  TempDir scratch_;
  std::string root_;
};

TEST_F(LayerApplyTest, DiffIdIsOfTheUncompressedTarWhateverTheCompression) {
  std::string tar = Tar().add(directory("etc")).file("etc/motd", "hello").text();
  for (Compression how : {Compression::none, Compression::gzip, Compression::zstd}) {
    EXPECT_EQ(apply(how == Compression::none ? tar : compressed(tar, how)).diff_id, digest_of(tar));
    EXPECT_EQ(read("etc/motd"), "hello");
  }
}

TEST_F(LayerApplyTest, DiffIdCountsWhatFollowsTheEndMarker) {
  std::string tar = Tar().file("a", "1").text() + std::string(10240, '\0');
  EXPECT_EQ(apply(tar).diff_id, digest_of(tar));
}

TEST_F(LayerApplyTest, TruncatedInputIsAnError) {
  std::string blob = compressed(Tar().file("a", std::string(100000, 'x')).text(), Compression::gzip);
  EXPECT_THROW(apply(blob.substr(0, blob.size() / 2)), Error);
  EXPECT_THROW(apply(Tar().file("a", std::string(100000, 'x')).text().substr(0, 5000)), Error);
  EXPECT_THROW(apply(std::string(4096, 'x')), Error);
}

TEST_F(LayerApplyTest, AttributesAreExactWhateverTheUmask) {
  codec::TarEntry file = entry("bin");
  file.mode = 06755, file.uid = 1000, file.gid = 70000;
  file.mtime = from_unix_nanos(1'500'000'000'123'456'789);
  codec::TarEntry dir = directory("dir", 03777);
  dir.uid = 5, dir.gid = 6;
  mode_t old = ::umask(077);
  apply(Tar().add(file, "x").add(dir).file("dir/inside", "y").text());
  ::umask(old);
  struct stat st = lstat_of(in("bin"));
  EXPECT_EQ(st.st_mode, static_cast<mode_t>(S_IFREG | 06755));
  EXPECT_EQ(st.st_uid, 1000u);
  EXPECT_EQ(st.st_gid, 70000u);
  EXPECT_EQ(st.st_mtim.tv_sec, 1'500'000'000);
  EXPECT_EQ(st.st_mtim.tv_nsec, 123'456'789);
  st = lstat_of(in("dir"));
  EXPECT_EQ(st.st_mode, static_cast<mode_t>(S_IFDIR | 03777));
  EXPECT_EQ(st.st_uid, 5u);
  EXPECT_EQ(st.st_mtim.tv_sec, 1'000'000'000);       // although "inside" came later
  EXPECT_EQ(lstat_of(in("dir/inside")).st_gid, 0u);  // although the directory is setgid
}

TEST_F(LayerApplyTest, EveryKindOfFile) {
  codec::TarEntry null = entry("null", EntryType::char_device);
  null.dev_major = 1, null.dev_minor = 3, null.mode = 0666;
  codec::TarEntry disk = entry("disk", EntryType::block_device);
  disk.dev_major = 7, disk.dev_minor = 300;
  apply(Tar()
            .add(null)
            .add(disk)
            .add(entry("pipe", EntryType::fifo))
            .add(symlink("link", "/no/where"))
            .file("a", "1")
            .add(hard_link("b", "a"))
            .add(hard_link("link2", "/link"))
            .text());
  EXPECT_EQ(lstat_of(in("null")).st_rdev, makedev(1, 3));
  EXPECT_EQ(lstat_of(in("null")).st_mode, static_cast<mode_t>(S_IFCHR | 0666));
  EXPECT_EQ(lstat_of(in("disk")).st_rdev, makedev(7, 300));
  EXPECT_TRUE(S_ISFIFO(lstat_of(in("pipe")).st_mode));
  EXPECT_EQ(lstat_of(in("a")).st_ino, lstat_of(in("b")).st_ino);
  EXPECT_EQ(lstat_of(in("link")).st_ino, lstat_of(in("link2")).st_ino);
  EXPECT_EQ(lstat_of(in("link")).st_mtim.tv_sec, 1'000'000'000);
}

TEST_F(LayerApplyTest, LongNamesAndDeepDirectories) {
  std::string deep;
  for (int i = 0; i < 30; ++i) deep += std::string(100, static_cast<char>('a' + i % 26)) + "/";
  apply(Tar().file(deep + std::string(255, 'n'), "x").add(symlink("l", std::string(300, 't'))).text());
  EXPECT_EQ(read(deep + std::string(255, 'n')), "x");
}

TEST_F(LayerApplyTest, XattrsAreKept) {
  codec::TarEntry file = entry("f");
  file.uid = 1;
  std::string capability("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);  // cap_net_bind_service=ep
  file.xattrs = {{"user.note", "hi"}, {"security.capability", capability}};
  codec::TarEntry dir = directory("d");
  dir.xattrs = {{"user.dir", "1"}};
  apply(Tar().add(file, "x").add(dir).text());
  EXPECT_EQ(read_xattrs(in("f")), file.xattrs);
  EXPECT_EQ(read_xattrs(in("d")), dir.xattrs);
}

TEST_F(LayerApplyTest, OverlayXattrsAreRefused) {
  for (const char* name : {"trusted.overlay.opaque", "trusted.overlay.redirect"}) {
    codec::TarEntry file = directory("d");
    file.xattrs = {{name, "y"}};
    EXPECT_ERROR(apply(Tar().add(file).text()), ErrorCode::invalid_argument, name);
  }
}

TEST_F(LayerApplyTest, HolesStayHoles) {
  // GNU tar writes the archive: our own writer does not write sparse files.
  std::string sparse = scratch_.path() + "/sparse", archive = scratch_.path() + "/sparse.tar";
  Fd fd = open_file(sparse, O_RDWR | O_CREAT, 0644);
  ASSERT_EQ(::ftruncate(fd.get(), 64 << 20), 0);
  ASSERT_EQ(::pwrite(fd.get(), "end", 3, 32 << 20), 3);
  ASSERT_EQ(
      std::system(
          ("tar -C " + scratch_.path() + " --sparse --format=posix -cf " + archive + " sparse").c_str()),
      0);
  apply(read_file(archive));
  struct stat st = lstat_of(in("sparse"));
  EXPECT_EQ(st.st_size, 64 << 20);
  EXPECT_LT(st.st_blocks * 512, 1 << 20);
  std::string content = read("sparse");
  EXPECT_EQ(content.substr(32 << 20, 3), "end");
  EXPECT_EQ(content.find_first_not_of('\0'), size_t{32} << 20);
}

TEST_F(LayerApplyTest, WhiteoutsBecomeDevicesAndOpaqueAnXattr) {
  apply(Tar().add(directory("d")).file("d/.wh.gone").file("d/.wh..wh..opq").file(".wh.top").text());
  EXPECT_TRUE(whiteout("d/gone"));
  EXPECT_TRUE(whiteout("top"));
  EXPECT_TRUE(is_opaque(in("d")));
  EXPECT_FALSE(exists(in("d/.wh.gone")));
  EXPECT_FALSE(exists(in("d/.wh..wh..opq")));
}

TEST_F(LayerApplyTest, AufsMetadataIsSkipped) {
  apply(Tar()
            .add(directory(".wh..wh.plnk"))
            .file(".wh..wh.plnk/1.2", "x")
            .file(".wh..wh.aufs")
            .file("a", "1")
            .text());
  EXPECT_FALSE(exists(in(".wh..wh.plnk")));
  EXPECT_EQ(read("a"), "1");
}

// layer.md: a whiteout speaks of lower layers only, whatever the order in the archive.
TEST_F(LayerApplyTest, WhiteoutAndAddInOneLayer) {
  apply(Tar().file(".wh.a").file("a", "new").file("b", "new").file(".wh.b").text());
  EXPECT_EQ(read("a"), "new");
  EXPECT_EQ(read("b"), "new");
  apply(Tar().file(".wh.c").add(directory("c")).file("c/x").add(directory("d")).file(".wh.d").text());
  EXPECT_TRUE(is_opaque(in("c")));
  EXPECT_TRUE(is_opaque(in("d")));
  apply(Tar().file(".wh.e").file("e/x", "1").text());  // no entry for "e" itself
  EXPECT_TRUE(is_opaque(in("e")));
  EXPECT_EQ(read("e/x"), "1");
}

TEST_F(LayerApplyTest, LaterEntriesReplaceEarlierOnes) {
  apply(Tar().file("f", "1").add(directory("f")).file("f/x").text());
  EXPECT_TRUE(exists(in("f/x")));
  EXPECT_TRUE(is_opaque(in("f")));
  apply(Tar().add(directory("g")).add(directory("g/h")).file("g/h/x").file("g", "now a file").text());
  EXPECT_EQ(read("g"), "now a file");
  apply(Tar()
            .file("i", "1")
            .add(symlink("i", "x"))
            .add(directory("j"))
            .file("j/k")
            .add(directory("j", 0700))
            .text());
  EXPECT_TRUE(S_ISLNK(lstat_of(in("i")).st_mode));
  EXPECT_TRUE(exists(in("j/k")));
  EXPECT_EQ(lstat_of(in("j")).st_mode & 07777, 0700u);
}

TEST_F(LayerApplyTest, MissingParentsAreMadeAndTold) {
  AppliedLayer applied =
      apply(Tar().file("a/b/c", "1").add(directory("a/b", 0700)).add(directory("x")).text());
  EXPECT_EQ(applied.implied_directories, (std::vector<std::string>{"", "a"}));
  EXPECT_EQ(lstat_of(in("a")).st_mode & 07777, 0755u);
  EXPECT_EQ(lstat_of(in("a/b")).st_mode & 07777, 0700u);
  applied = apply(Tar().add(directory("./", 01777)).text());
  EXPECT_TRUE(applied.implied_directories.empty());
  EXPECT_EQ(lstat_of(root_).st_mode & 07777, 01777u);
}

TEST_F(LayerApplyTest, ImpliedDirectoriesInheritFromBelow) {
  std::string low = scratch_.path() + "/low", mid = scratch_.path() + "/mid";
  for (const std::string& lower : {low, mid}) ASSERT_EQ(::mkdir(lower.c_str(), 0755), 0);
  codec::TarEntry home = directory("home/me", 0700);
  home.uid = 1000;
  home.xattrs = {{"user.x", "y"}};
  auto below =
      codec::string_source(Tar().add(directory("./", 0555)).add(home).add(directory("h/i", 0711)).text());
  apply_layer(*below, low);
  auto middle = codec::string_source(Tar().add(directory("h")).file("h/.wh..wh..opq").text());
  apply_layer(*middle, mid);
  AppliedLayer applied = apply(Tar().file("home/me/new").file("h/i/new").text());
  inherit_directories(root_, applied.implied_directories, {mid, low});
  EXPECT_EQ(lstat_of(in("home/me")).st_mode & 07777, 0700u);
  EXPECT_EQ(lstat_of(in("home/me")).st_uid, 1000u);
  EXPECT_EQ(lstat_of(in("home/me")).st_mtim.tv_sec, 1'000'000'000);
  EXPECT_EQ(read_xattrs(in("home/me")), home.xattrs);
  EXPECT_EQ(lstat_of(root_).st_mode & 07777, 0755u);      // mid is in between: its root counts
  EXPECT_EQ(lstat_of(in("h/i")).st_mode & 07777, 0755u);  // hidden by the opaque "h" in the middle
}

TEST_F(LayerApplyTest, NamesThatLeadOutAreRefused) {
  for (const char* name : {"../outside", "a/../../outside", "/../outside", "a/.."})
    EXPECT_ERROR(apply(Tar().file(name, "x").text()), ErrorCode::invalid_argument, name);
}

TEST_F(LayerApplyTest, AbsoluteNamesStayInside) {
  apply(Tar().file(scratch_.path() + "/outside", "x").text());
  EXPECT_EQ(read(scratch_.path().substr(1) + "/outside"), "x");
}

TEST_F(LayerApplyTest, SymlinkTrapsStayInside) {
  apply(Tar().add(symlink("abs", scratch_.path())).file("abs/outside", "x").text());
  EXPECT_EQ(read(scratch_.path().substr(1) + "/outside"), "x");
  apply(Tar().add(symlink("up", "../../../../" + scratch_.path())).file("up/outside", "y").text());
  EXPECT_EQ(read(scratch_.path().substr(1) + "/outside"), "y");
  apply(Tar().add(symlink("up2", "..")).file("up2/outside", "z").text());
  EXPECT_EQ(read("outside"), "z");
  apply(Tar().add(symlink("file", scratch_.path() + "/outside")).file("file", "replaced").text());
  EXPECT_EQ(read("file"), "replaced");
  apply(Tar().add(symlink("dir", scratch_.path())).add(directory("dir")).file("dir/outside", "d").text());
  EXPECT_EQ(read("dir/outside"), "d");
  apply(Tar().add(symlink("dir2", scratch_.path())).add(directory("dir2/", 0700)).text());
  EXPECT_NE(lstat_of(scratch_.path()).st_mode & 07777, 0u);
  EXPECT_TRUE(S_ISDIR(lstat_of(in("dir2")).st_mode));
}

TEST_F(LayerApplyTest, SymlinkThatReplacesAUsedDirectory) {
  apply(Tar()
            .add(directory("d"))
            .file("d/one", "1")
            .add(symlink("d", scratch_.path()))
            .file("d/outside", "x")
            .file("d/.wh.outside2")
            .text());
  EXPECT_EQ(read(scratch_.path().substr(1) + "/outside"), "x");
  EXPECT_FALSE(exists(scratch_.path() + "/outside2"));
}

TEST_F(LayerApplyTest, LinksIntoProcAreJustNames) {
  apply(Tar().add(symlink("p", "/proc/self/root" + scratch_.path())).file("p/outside", "x").text());
  EXPECT_EQ(read("proc/self/root" + scratch_.path() + "/outside"), "x");
}

TEST_F(LayerApplyTest, HardLinksOutAreRefused) {
  EXPECT_ERROR(apply(Tar().add(hard_link("h", "../outside")).text()), ErrorCode::invalid_argument, "\"h\"");
  EXPECT_ERROR(apply(Tar().add(hard_link("h", scratch_.path() + "/outside")).text()),
               ErrorCode::invalid_argument, "not in this layer");
  EXPECT_ERROR(apply(Tar().add(symlink("up", scratch_.path())).add(hard_link("h", "up/outside")).text()),
               ErrorCode::invalid_argument, "not in this layer");
  EXPECT_ERROR(apply(Tar().add(hard_link("h", "missing")).text()), ErrorCode::invalid_argument,
               "\"missing\"");
  EXPECT_ERROR(apply(Tar().add(directory("dd")).add(hard_link("h", "dd")).text()),
               ErrorCode::invalid_argument, "directory");
  EXPECT_ERROR(apply(Tar().file("self").add(hard_link("self", "./self")).text()), ErrorCode::invalid_argument,
               "self");
  EXPECT_ERROR(apply(Tar().file(".wh.w").add(hard_link("h", "w")).text()), ErrorCode::invalid_argument,
               "\"w\"");
}

TEST_F(LayerApplyTest, HardLinkToASymlinkOutLinksTheSymlink) {
  apply(Tar().add(symlink("s", scratch_.path() + "/outside")).add(hard_link("h", "s")).text());
  EXPECT_TRUE(S_ISLNK(lstat_of(in("h")).st_mode));
}

TEST_F(LayerApplyTest, FilesAreNoDirectories) {
  EXPECT_ERROR(apply(Tar().file("a", "1").file("a/b", "2").text()), ErrorCode::invalid_argument, "a/b");
  EXPECT_ERROR(apply(Tar().file("./", "x").text()), ErrorCode::invalid_argument, "");
}

TEST_F(LayerApplyTest, SymlinkLoopsAreRefused) {
  EXPECT_THROW(apply(Tar().add(symlink("l", "l")).file("l/x").text()), Error);
}

TEST_F(LayerApplyTest, ManyDirectoriesOutgrowTheCache) {
  Tar tar;
  for (int i = 0; i < 600; ++i) tar.add(directory("d" + std::to_string(i)));
  for (int i = 0; i < 600; ++i) tar.file("d" + std::to_string(i) + "/sub/f", std::to_string(i));
  for (int i = 0; i < 600; ++i)
    tar.add(hard_link("e" + std::to_string(i) + "/l", "d" + std::to_string(i) + "/sub/f"));
  apply(tar.text());
  EXPECT_EQ(read("d0/sub/f"), "0");
  EXPECT_EQ(read("e599/l"), "599");
  EXPECT_EQ(lstat_of(in("d300")).st_mtim.tv_sec, 1'000'000'000);
}

}  // namespace
}  // namespace rundlet::image_store
