#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec/sha256.h"
#include "base/codec/tar.h"
#include "base/error.h"
#include "base/proc/spawn.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet::codec {
namespace {

using test::TempDir;
using test::thrown_code;

struct StringSink : Sink {
  void write(std::string_view data) override { text += data; }
  std::string text;
};

TarEntry file_entry(const std::string& path, uint64_t size = 0) {
  TarEntry entry;
  entry.path = path;
  entry.mode = 0644;
  entry.size = size;
  return entry;
}

std::string tar_of(const std::vector<TarEntry>& entries, const std::string& content = "") {
  StringSink out;
  TarWriter writer(out);
  for (const TarEntry& entry : entries) {
    writer.begin(entry);
    if (entry.type == EntryType::file) writer.write(content.substr(0, entry.size));
  }
  writer.finish();
  return out.text;
}

TarEntry read_back(const TarEntry& entry, const std::string& content = "") {
  auto source = string_source(tar_of({entry}, content));
  TarReader reader(*source);
  auto found = reader.next();
  EXPECT_TRUE(found.has_value());
  std::string read;
  while (auto block = reader.next_block()) read += block->data;
  EXPECT_EQ(read, content);
  EXPECT_FALSE(reader.next().has_value());
  return *found;
}

void expect_same(const TarEntry& a, const TarEntry& b) {
  EXPECT_EQ(a.path, b.path);
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.mode, b.mode);
  EXPECT_EQ(a.uid, b.uid);
  EXPECT_EQ(a.gid, b.gid);
  EXPECT_EQ(a.user, b.user);
  EXPECT_EQ(a.group, b.group);
  EXPECT_EQ(a.size, b.size);
  EXPECT_EQ(a.mtime, b.mtime);
  EXPECT_EQ(a.link_target, b.link_target);
  EXPECT_EQ(a.dev_major, b.dev_major);
  EXPECT_EQ(a.dev_minor, b.dev_minor);
  EXPECT_EQ(a.xattrs, b.xattrs);
}

TEST(TarWriter, RoundTripsEveryField) {
  TarEntry entry = file_entry("dir/file", 5);
  entry.mode = 07755;
  entry.uid = 4'000'000'000u;
  entry.gid = 2'097'151;
  entry.user = std::string(40, 'u');
  entry.group = "group";
  entry.mtime = from_unix_nanos(1'700'000'000'123'456'789);
  entry.xattrs["security.capability"] = std::string("\x01\0\0\x02\xff\n", 6);
  entry.xattrs["user.note"] = "12 a=b\n";
  expect_same(read_back(entry, "hello"), entry);
}

TEST(TarWriter, RoundTripsEveryType) {
  for (EntryType type : {EntryType::file, EntryType::symlink, EntryType::hardlink, EntryType::fifo}) {
    TarEntry entry = file_entry("name");
    entry.type = type;
    if (type == EntryType::symlink || type == EntryType::hardlink) entry.link_target = "some/where";
    expect_same(read_back(entry), entry);
  }
  TarEntry device = file_entry("dev");
  device.type = EntryType::block_device;
  device.dev_major = 4095;
  device.dev_minor = 1'048'575;
  expect_same(read_back(device), device);
  TarEntry directory = file_entry("dir");
  directory.type = EntryType::directory;
  EXPECT_EQ(read_back(directory).path, "dir/");
}

// Around every limit of the ustar header.
TEST(TarWriter, RoundTripsNamesOfEveryLength) {
  for (size_t length = 1; length < 400; ++length) {
    expect_same(read_back(file_entry(std::string(length, 'n'))), file_entry(std::string(length, 'n')));
    std::string split = std::string(length, 'p') + "/" + std::string(90, 'n');
    expect_same(read_back(file_entry(split)), file_entry(split));
    TarEntry link = file_entry("link");
    link.type = EntryType::symlink;
    link.link_target = std::string(length, 't');
    expect_same(read_back(link), link);
    TarEntry directory = file_entry(std::string(length, 'd') + "/" + std::string(99, 'd') + "/");
    directory.type = EntryType::directory;
    expect_same(read_back(directory), directory);
  }
}

TEST(TarWriter, RoundTripsForeignNames) {
  for (std::string name : {"gr\xc3\xbc\xc3\x9f"
                           "e",
                           "gr\xfc\xdf"
                           "e",
                           "new\nline", " space ", "-dash", "\\back"})
    for (size_t padding : {0, 200}) {
      std::string path = std::string(padding, 'x') + name;
      expect_same(read_back(file_entry(path)), file_entry(path));
    }
}

TEST(TarWriter, RoundTripsOddTimes) {
  for (int64_t nanos : {int64_t{0}, int64_t{1}, int64_t{-1'500'000'000}, int64_t{-2'000'000'000},
                        int64_t{8'589'934'592'000'000'000}, int64_t{1'000'000'001}}) {
    TarEntry entry = file_entry("f");
    entry.mtime = from_unix_nanos(nanos);
    EXPECT_EQ(unix_nanos(read_back(entry).mtime), nanos);
  }
}

TEST(TarWriter, PlainEntriesNeedNoExtendedHeader) {
  EXPECT_EQ(tar_of({file_entry("file", 5)}, "hello").size(), 512u + 512 + 1024);
  TarEntry precise = file_entry("file");
  precise.mtime = from_unix_nanos(1);
  EXPECT_EQ(tar_of({precise}).size(), 512u + 512 + 512 + 1024);
}

TEST(TarWriter, IsDeterministic) {
  TarEntry entry = file_entry(std::string(300, 'n'), 3);
  entry.xattrs = {{"user.b", "2"}, {"user.a", "1"}};
  EXPECT_EQ(sha256_hex(tar_of({entry}, "abc")), sha256_hex(tar_of({entry}, "abc")));
  // Pinned, since digests of layers depend on it.
  EXPECT_EQ(sha256_hex(tar_of({entry}, "abc")),
            "cd4340dd02ca6fa785c865b2a9b7d5d09c706c0a1f21a8d0f5a5b996756259e2");
}

TEST(TarWriter, ContentMustMatchTheHeader) {
  StringSink out;
  TarWriter writer(out);
  writer.begin(file_entry("file", 3));
  EXPECT_EQ(thrown_code([&] { writer.write("abcd"); }), "internal");
  writer.write("ab");
  EXPECT_EQ(thrown_code([&] { writer.begin(file_entry("next")); }), "internal");
  EXPECT_EQ(thrown_code([&] { writer.finish(); }), "internal");
  writer.write("c");
  EXPECT_EQ(thrown_code([&] { writer.write("d"); }), "internal");
  EXPECT_NO_THROW(writer.finish());
  EXPECT_EQ(out.text.size() % 512, 0u);
}

TEST(TarWriter, RefusesWhatTarCannotHold) {
  StringSink out;
  TarWriter writer(out);
  TarEntry attribute = file_entry("f"), device = file_entry("f");
  attribute.xattrs["user.a=b"] = "c";
  device.type = EntryType::char_device;
  device.dev_minor = 1 << 24;
  EXPECT_EQ(thrown_code([&] { writer.begin(attribute); }), "invalid_argument");
  EXPECT_EQ(thrown_code([&] { writer.begin(device); }), "invalid_argument");
  EXPECT_EQ(thrown_code([&] { writer.begin(file_entry("")); }), "invalid_argument");
  EXPECT_EQ(thrown_code([&] { writer.begin(file_entry(std::string("a\0b", 3))); }), "invalid_argument");
  EXPECT_TRUE(out.text.empty());
}

TEST(TarWriter, HugeFilesHaveAPaxSize) {
  StringSink out;
  TarWriter writer(out);
  writer.begin(file_entry("huge", 10'000'000'000));
  auto source = string_source(out.text + std::string(512, 'x'));
  TarReader reader(*source);
  EXPECT_EQ(reader.next()->size, 10'000'000'000u);
}

std::vector<TarEntry> assorted() {
  TarEntry file = file_entry("file-" + std::string(120, 'x'), 5);
  file.uid = 3'000'000;
  file.mtime = from_unix_nanos(1'700'000'000'500'000'000);
  file.xattrs["user.test"] = "value";
  TarEntry directory = file_entry("dir");
  directory.type = EntryType::directory;
  directory.mode = 0750;
  TarEntry split = file_entry("dir/" + std::string(100, 'p') + "/" + std::string(90, 'n'), 3);
  TarEntry symlink = file_entry(
      "gr\xc3\xbc\xc3\x9f"
      "e");
  symlink.type = EntryType::symlink;
  symlink.link_target = std::string(150, 't');
  TarEntry hardlink = file_entry("again");
  hardlink.type = EntryType::hardlink;
  hardlink.link_target = file.path;
  return {directory, file, split, symlink, hardlink};
}

TEST(TarWriter, IsReadByGnuTar) {
  TempDir dir;
  auto output =
      proc::run({.argv = {"tar", "-C", dir.path(), "--xattrs", "-xf", "-"}}, tar_of(assorted(), "hello"));
  EXPECT_EQ(output.status.code, 0) << output.err;
  EXPECT_EQ(output.err, "") << "not even a warning";
  std::string file = dir / assorted()[1].path;
  struct stat found, again;
  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  ASSERT_EQ(::stat((dir / "again").c_str(), &again), 0);
  EXPECT_EQ(found.st_ino, again.st_ino);
  EXPECT_EQ(found.st_uid, 3'000'000u);
  EXPECT_EQ(found.st_mtim.tv_nsec, 500'000'000);
  EXPECT_EQ(read_file(file), "hello");
  EXPECT_EQ(read_file(dir / assorted()[2].path), "hel");
  char target[256];
  EXPECT_EQ(::readlink((dir / "gr\xc3\xbc\xc3\x9f"
                              "e")
                           .c_str(),
                       target, sizeof target),
            150);
}

TEST(TarWriter, IsReadByPython) {
  TempDir dir;
  write_file(dir / "a.tar", tar_of(assorted(), "hello"));
  const char* script =
      "import sys, tarfile\n"
      "for m in tarfile.open(sys.argv[1]):\n"
      "    print(m.type.decode(), len(m.name), m.size, m.uid, m.mtime, len(m.linkname), "
      "m.pax_headers.get('SCHILY.xattr.user.test'))\n";
  auto output = proc::run({.argv = {"python3", "-c", script, dir / "a.tar"}});
  EXPECT_EQ(output.out,
            "5 3 0 0 0 0 None\n"
            "0 125 5 3000000 1700000000.5 0 value\n"
            "0 195 3 0 0 0 None\n"
            "2 5 0 0 0 150 None\n"
            "1 5 0 0 0 125 None\n")
      << output.err;
}

}  // namespace
}  // namespace rundlet::codec
