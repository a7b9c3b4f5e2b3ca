#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <map>

#include "base/proc/spawn.h"
#include "image-store/layer.h"
#include "image-store/layer_xattrs.h"
#include "tests/unit/image-store/store_fixture.h"

namespace rundlet::image_store {
namespace {

using namespace testing;
using codec::EntryType;

class LayerDiffTest : public ::testing::Test {
 protected:
  std::string diff(const std::string& directory, int64_t clamp = -1) {
    StringSink sink;
    diff_layer(directory, sink, clamp);
    return sink.text;
  }
  std::string make(const std::string& name) {
    std::string path = scratch_ / name;
    if (::mkdir(path.c_str(), 0755) < 0) throw_errno("mkdir");
    return path;
  }
  void apply(const std::string& tar, const std::string& directory) {
    auto source = codec::string_source(tar);
    apply_layer(*source, directory);
  }
  static std::vector<codec::TarEntry> entries(const std::string& tar) {
    auto source = codec::string_source(tar);
    codec::TarReader reader(*source);
    std::vector<codec::TarEntry> all;
    while (auto e = reader.next()) all.push_back(*e);
    return all;
  }
  static std::vector<std::string> names(const std::string& tar) {
    std::vector<std::string> all;
    for (const auto& e : entries(tar)) all.push_back(e.path);
    return all;
  }
  // In a mount namespace of its own, with $M the overlay's mount point.
  void in_overlay(const std::string& lower, const std::string& upper, const std::string& script) {
    std::string mount = "mount -t overlay o -o index=off,metacopy=off,redirect_dir=off,lowerdir=" + lower +
                        ",upperdir=" + upper + ",workdir=" + make("work") + " $M";
    proc::Output done = proc::run(
        {.argv = {"unshare", "-m", "sh", "-ec", "M=" + make("mnt") + "; " + mount + "; cd $M; " + script}});
    ASSERT_EQ(done.status.code, 0) << done.err;
  }

  TempDir scratch_;
};

TEST_F(LayerDiffTest, RoundTripIsByteForByte) {
  codec::TarEntry file = entry("etc/tool");
  file.mode = 04755, file.uid = 7, file.gid = 8, file.xattrs = {{"user.a", std::string("\0x", 2)}};
  codec::TarEntry null = entry("null", EntryType::char_device);
  null.dev_major = 1, null.dev_minor = 3;
  std::string tar = Tar()
                        .add(directory("etc"))
                        .file("etc/.wh..wh..opq")
                        .add(file, "content")
                        .add(symlink("link", std::string(200, 'l')))
                        .add(null)
                        .add(entry("pipe", EntryType::fifo))
                        .file("twin-a", "same")
                        .add(hard_link("twin-b", "twin-a"))
                        .file(".wh.gone")
                        .text();
  std::string first = make("first"), second = make("second");
  apply(tar, first);
  std::string again = diff(first);
  apply(again, second);
  EXPECT_EQ(diff(second), again);
  EXPECT_EQ(names(again), (std::vector<std::string>{"etc/", "etc/.wh..wh..opq", "etc/tool", ".wh.gone",
                                                    "link", "null", "pipe", "twin-a", "twin-b"}));
  auto all = entries(again);
  EXPECT_EQ(all[2].mode, 04755u);
  EXPECT_EQ(all[2].uid, 7u);
  EXPECT_EQ(all[2].xattrs, file.xattrs);
  EXPECT_EQ(unix_seconds(all[2].mtime), 1'000'000'000);
  EXPECT_EQ(static_cast<int>(all[8].type), static_cast<int>(EntryType::hardlink));
  EXPECT_EQ(all[8].link_target, "twin-a");
  EXPECT_EQ(all[5].dev_minor, 3u);
}

TEST_F(LayerDiffTest, TimesAreClampedOnlyWhenLater) {
  std::string root = make("root");
  apply(Tar().file("old").text(), root);
  EXPECT_EQ(unix_seconds(entries(diff(root, 2'000'000'000))[0].mtime), 1'000'000'000);
  EXPECT_EQ(unix_seconds(entries(diff(root, 5))[0].mtime), 5);
  EXPECT_EQ(unix_seconds(entries(diff(root, 0))[0].mtime), 0);
}

TEST_F(LayerDiffTest, SortedByteWiseWithWhiteoutsInTheirNamesPlace) {
  std::string root = make("root");
  apply(Tar()
            .file("b")
            .file("B")
            .file("a-b")
            .add(directory("a"))
            .file("a/z")
            .file("\xc3\xa9")
            .file(".wh.C")
            .text(),
        root);
  EXPECT_EQ(names(diff(root)), (std::vector<std::string>{"B", ".wh.C", "a/", "a/z", "a-b", "b", "\xc3\xa9"}));
}

TEST_F(LayerDiffTest, SocketsAndHostLabelsAreLeftOut) {
  std::string root = make("root");
  apply(Tar().file("f").text(), root);
  ASSERT_EQ(::mknod((root + "/socket").c_str(), S_IFSOCK | 0600, 0), 0);
  ASSERT_EQ(::setxattr((root + "/f").c_str(), "trusted.overlay.origin", "x", 1, 0), 0);
  auto all = entries(diff(root));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_TRUE(all[0].xattrs.empty());
}

TEST_F(LayerDiffTest, WhatALayerCannotSayIsRefused) {
  for (const char* xattr : {"trusted.overlay.redirect", "trusted.overlay.metacopy"}) {
    std::string root = make(xattr);
    apply(Tar().add(directory("d")).text(), root);
    ASSERT_EQ(::setxattr((root + "/d").c_str(), xattr, "y", 1, 0), 0);
    EXPECT_ERROR(diff(root), ErrorCode::failed_precondition, xattr);
  }
  std::string root = make("names");
  write_file(root + "/.wh.x", "");
  EXPECT_ERROR(diff(root), ErrorCode::failed_precondition, "/.wh.x");
}

TEST_F(LayerDiffTest, TooDeepIsRefused) {
  std::string root = make("root");
  Fd at = open_file(root, O_RDONLY | O_DIRECTORY);
  std::string name(200, 'd');
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(::mkdirat(at.get(), name.c_str(), 0755), 0);
    at = Fd(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY));
  }
  EXPECT_ERROR(diff(root), ErrorCode::failed_precondition, "too long");
}

// What the kernel leaves in an upper directory gives, as a layer on the same lower one, the same tree.
TEST_F(LayerDiffTest, RealOverlayChangesComeThrough) {
  std::string lower = make("lower"), upper = make("upper"), extracted = make("extracted");
  apply(Tar()
            .add(directory("keep"))
            .file("keep/a", "1")
            .file("gone", "x")
            .add(directory("emptied"))
            .file("emptied/x")
            .file("file-to-dir", "f")
            .add(directory("dir-to-file"))
            .file("dir-to-file/y")
            .file("changed", "before")
            .file("l1", "linked")
            .text(),
        lower);
  in_overlay(lower, upper,
             "rm gone; rm -r emptied; mkdir emptied; echo n > emptied/new; rm file-to-dir; mkdir file-to-dir;"
             "rm -r dir-to-file; echo f > dir-to-file; echo after > changed; ln l1 l2; echo b > keep/b; "
             "chmod 700 keep");
  std::string tar = diff(upper);
  apply(tar, extracted);
  EXPECT_EQ(diff(extracted), tar);
  EXPECT_EQ(names(tar),
            (std::vector<std::string>{"changed", "dir-to-file", "emptied/", "emptied/.wh..wh..opq",
                                      "emptied/new", "file-to-dir/", "file-to-dir/.wh..wh..opq", ".wh.gone",
                                      "keep/", "keep/b", "l1", "l2"}));
}

}  // namespace
}  // namespace rundlet::image_store
