#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/codec/tar.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/proc/spawn.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet::codec {
namespace {

using test::TempDir;
using test::thrown_code;
using test::thrown_message;

struct Item {
  TarEntry entry;
  std::string content;      // holes filled with zeros
  uint64_t data_bytes = 0;  // without the holes
};

std::map<std::string, Item> read_tar(std::string archive) {
  auto source = string_source(std::move(archive));
  TarReader reader(*source);
  std::map<std::string, Item> items;
  while (auto entry = reader.next()) {
    Item item{*entry, std::string(entry->size < (1 << 24) ? entry->size : 0, '\0')};
    while (auto block = reader.next_block()) {
      item.data_bytes += block->data.size();
      if (block->offset + block->data.size() > item.content.size()) throw_invalid("block beyond the size");
      item.content.replace(block->offset, block->data.size(), block->data);
    }
    items[entry->path] = std::move(item);
  }
  return items;
}

std::string gnu_tar(const std::string& directory, std::vector<std::string> arguments) {
  std::vector<std::string> argv = {"tar", "-C", directory, "-cf", "-"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  auto output = proc::run({.argv = argv});
  EXPECT_EQ(output.status.code, 0) << output.err;
  return output.out;
}

class TarReaderFormat : public ::testing::TestWithParam<const char*> {
 protected:
  std::map<std::string, Item> read(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), std::string("--format=") + GetParam());
    return read_tar(gnu_tar(dir_.path(), arguments));
  }
  TempDir dir_;
};
INSTANTIATE_TEST_SUITE_P(All, TarReaderFormat, ::testing::Values("gnu", "pax", "oldgnu"));

TEST_P(TarReaderFormat, ReadsEveryKindOfEntry) {
  write_file(dir_ / "file", "content");
  ASSERT_EQ(::chmod((dir_ / "file").c_str(), 04751), 0);
  ASSERT_EQ(::link((dir_ / "file").c_str(), (dir_ / "zlink").c_str()), 0);
  ASSERT_EQ(::symlink("some/target", (dir_ / "symlink").c_str()), 0);
  ASSERT_EQ(::mkdir((dir_ / "dir").c_str(), 01777), 0);
  ASSERT_EQ(::chmod((dir_ / "dir").c_str(), 01777), 0);
  ASSERT_EQ(::mkfifo((dir_ / "fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mknod((dir_ / "null").c_str(), S_IFCHR | 0666, makedev(1, 3)), 0);
  ASSERT_EQ(::mknod((dir_ / "loop").c_str(), S_IFBLK | 0660, makedev(7, 300)), 0);
  auto items = read({"--owner=alice:1234", "--group=users:5678", "--mtime=@1700000000", "--sort=name", "dir",
                     "fifo", "file", "loop", "null", "symlink", "zlink"});
  ASSERT_EQ(items.size(), 7u);
  const TarEntry& file = items["file"].entry;
  EXPECT_EQ(file.type, EntryType::file);
  EXPECT_EQ(file.mode, 04751u);
  EXPECT_EQ(file.uid, 1234u);
  EXPECT_EQ(file.gid, 5678u);
  EXPECT_EQ(file.user, "alice");
  EXPECT_EQ(file.group, "users");
  EXPECT_EQ(file.size, 7u);
  EXPECT_EQ(unix_nanos(file.mtime), 1'700'000'000'000'000'000);
  EXPECT_EQ(items["file"].content, "content");
  EXPECT_EQ(items["zlink"].entry.type, EntryType::hardlink);
  EXPECT_EQ(items["zlink"].entry.link_target, "file");
  EXPECT_EQ(items["zlink"].entry.size, 0u);
  EXPECT_EQ(items["symlink"].entry.type, EntryType::symlink);
  EXPECT_EQ(items["symlink"].entry.link_target, "some/target");
  EXPECT_EQ(items["dir/"].entry.type, EntryType::directory);
  EXPECT_EQ(items["dir/"].entry.mode, 01777u);
  EXPECT_EQ(items["fifo"].entry.type, EntryType::fifo);
  EXPECT_EQ(items["null"].entry.type, EntryType::char_device);
  EXPECT_EQ(items["null"].entry.dev_major, 1u);
  EXPECT_EQ(items["null"].entry.dev_minor, 3u);
  EXPECT_EQ(items["loop"].entry.type, EntryType::block_device);
  EXPECT_EQ(items["loop"].entry.dev_minor, 300u);
}

TEST_P(TarReaderFormat, ReadsLongAndForeignNames) {
  std::string deep(90, 'd');
  std::string utf8 =
      "gr\xc3\xbc\xc3\x9f"
      "e-\xe6\x97\xa5\xe6\x9c\xac";
  std::string latin1 =
      "gr\xfc\xdf"
      "e";
  fs::make_directories(dir_ / deep + "/" + deep + "/" + deep);
  std::string long_name = deep + "/" + deep + "/" + deep + "/" + std::string(200, 'n');
  for (const std::string& name : {long_name, utf8, latin1, deep + "/" + deep + "/" + deep + "/" + utf8})
    write_file(dir_ / name, "content of " + name);
  ASSERT_EQ(::symlink((std::string(300, 't') + utf8).c_str(), (dir_ / "link").c_str()), 0);
  ASSERT_EQ(::symlink(latin1.c_str(), (dir_ / "link2").c_str()), 0);
  auto items = read({deep, utf8, latin1, "link", "link2"});
  EXPECT_EQ(items[long_name].content, "content of " + long_name);
  EXPECT_EQ(items[utf8].content, "content of " + utf8);
  EXPECT_EQ(items[latin1].content, "content of " + latin1);
  EXPECT_EQ(items["link"].entry.link_target, std::string(300, 't') + utf8);
  EXPECT_EQ(items["link2"].entry.link_target, latin1);
}

TEST_P(TarReaderFormat, ReadsSparseFiles) {
  Fd file = open_file(dir_ / "sparse", O_RDWR | O_CREAT, 0644);
  ASSERT_EQ(::pwrite(file.get(), "start", 5, 0), 5);
  ASSERT_EQ(::pwrite(file.get(), "middle", 6, 3 << 20), 6);
  ASSERT_EQ(::ftruncate(file.get(), 9 << 20), 0);
  auto items = read({"--sparse", "sparse"});
  ASSERT_EQ(items.size(), 1u);
  const Item& item = items["sparse"];
  ASSERT_EQ(item.entry.size, 9u << 20);
  EXPECT_LT(item.data_bytes, 1u << 20) << "the holes stay holes";
  EXPECT_EQ(item.content.substr(0, 5), "start");
  EXPECT_EQ(item.content.substr(3 << 20, 6), "middle");
  EXPECT_EQ(std::string_view(item.content).substr(5, (3 << 20) - 5).find_first_not_of('\0'),
            std::string::npos);
}

TEST(TarReader, ReadsXattrsAndNanoseconds) {
  TempDir dir;
  write_file(dir / "file", "x");
  std::string binary("\x01\0\0\x02\xff", 5);
  if (::setxattr((dir / "file").c_str(), "user.test", binary.data(), binary.size(), 0) < 0)
    GTEST_SKIP() << "no user xattrs here";
  timespec times[] = {{5, 0}, {-3, 250'000'000}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (dir / "file").c_str(), times, 0), 0);
  auto items = read_tar(gnu_tar(dir.path(), {"--format=pax", "--xattrs", "file"}));
  EXPECT_EQ(items["file"].entry.xattrs["user.test"], binary);
  EXPECT_EQ(unix_nanos(items["file"].entry.mtime), -2'750'000'000);
}

TEST(TarReader, BigIdsAreRead) {
  TempDir dir;
  write_file(dir / "file", "x");
  for (const char* format : {"--format=pax", "--format=gnu"}) {
    auto items = read_tar(gnu_tar(dir.path(), {format, "--owner=:4000000000", "--group=:3000000", "file"}));
    EXPECT_EQ(items["file"].entry.uid, 4'000'000'000u) << format;
    EXPECT_EQ(items["file"].entry.gid, 3'000'000u) << format;
  }
}

TEST(TarReader, UnreadContentIsSkipped) {
  TempDir dir;
  for (const char* name : {"a", "b", "c"}) write_file(dir / name, std::string(100'000, *name));
  auto source = string_source(gnu_tar(dir.path(), {"a", "b", "c"}));
  TarReader reader(*source);
  std::string names;
  while (auto entry = reader.next()) names += entry->path;
  EXPECT_EQ(names, "abc");
  EXPECT_FALSE(reader.next().has_value()) << "the end stays the end";
  EXPECT_FALSE(reader.next_block().has_value());
}

TEST(TarReader, ReadsTheSourceToItsEnd) {
  struct Counter : Source {
    size_t read(char* buffer, size_t size) override {
      size = std::min(size, left);
      std::fill(buffer, buffer + size, '\0');
      left -= size;
      return size;
    }
    size_t left = 3'000'000;
  };
  Counter zeros;
  TarReader reader(zeros);
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_EQ(zeros.left, 0u);
}

TEST(TarReader, EmptyArchivesHaveNoEntries) {
  EXPECT_TRUE(read_tar("").empty());
  EXPECT_TRUE(read_tar(std::string(512, '\0')).empty());
  EXPECT_TRUE(read_tar(std::string(1024, '\0')).empty());
  EXPECT_TRUE(read_tar(std::string(10240, '\0')).empty());
}

TEST(TarReader, WhatIsNoTarIsRefused) {
  EXPECT_EQ(thrown_code([] { read_tar("hello"); }), "invalid_argument");
  EXPECT_EQ(thrown_code([] { read_tar(std::string(4096, 'x')); }), "invalid_argument");
  EXPECT_EQ(thrown_code([] { read_tar("\x1f\x8b\x08" + std::string(2000, 'x')); }), "invalid_argument");
  EXPECT_EQ(thrown_code([] { read_tar(std::string(100, '\0')); }), "invalid_argument")
      << "not even one block";
  EXPECT_EQ(thrown_code([] { read_tar("#!/bin/sh\n" + std::string(1024, '\0')); }), "invalid_argument");
}

TEST(TarReader, TruncationIsAnError) {
  TempDir dir;
  write_file(dir / "file", std::string(3000, 'x'));
  std::string whole = gnu_tar(dir.path(), {"file"});
  for (size_t size : {1, 100, 511, 513, 600, 3000, 3511})
    EXPECT_EQ(thrown_code([&] { read_tar(whole.substr(0, size)); }), "invalid_argument") << size;
}

TEST(TarReader, BrokenHeaderInTheMiddleIsAnError) {
  TempDir dir;
  write_file(dir / "a", "x");
  write_file(dir / "b", "y");
  std::string broken = gnu_tar(dir.path(), {"a", "b"});
  broken[1024 + 20] = 'X';
  EXPECT_EQ(thrown_code([&] { read_tar(broken); }), "invalid_argument");
}

TEST(TarReader, SourceErrorsComeThrough) {
  struct Broken : Source {
    size_t read(char*, size_t) override { throw_error(ErrorCode::unavailable, "connection lost"); }
  };
  Broken broken;
  EXPECT_EQ(thrown_message([&] {
              TarReader reader(broken);
              reader.next();
            }),
            "connection lost");
}

// Noise in place of every byte of the first headers: an error or entries, but never a crash or a hang.
TEST(TarReader, SurvivesDamage) {
  TempDir dir;
  write_file(dir / std::string(150, 'n'), "x");
  std::string whole = gnu_tar(dir.path(), {"--format=pax", "--owner=:4000000000", std::string(150, 'n')});
  for (size_t at = 0; at < std::min<size_t>(whole.size(), 3072); ++at)
    for (char noise : {'\0', '9', '\xff', '/'}) {
      std::string broken = whole;
      broken[at] = noise;
      std::string code = thrown_code([&] { read_tar(broken); });
      EXPECT_TRUE(code == "no error" || code == "invalid_argument") << at << ": " << code;
    }
}

}  // namespace
}  // namespace rundlet::codec
