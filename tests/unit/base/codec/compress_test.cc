#include "base/codec/compress.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <random>

#include "base/error.h"
#include "base/fd.h"
#include "base/proc/spawn.h"
#include "tests/unit/base/temp_dir.h"

namespace rundlet::codec {
namespace {

using test::thrown_code;
using test::thrown_message;

struct StringSink : Sink {
  void write(std::string_view data) override { text += data; }
  std::string text;
};

// Hands out a few bytes at a time, as a network does.
class DripSource : public Source {
 public:
  DripSource(std::string data, size_t step) : data_(std::move(data)), step_(step) {}
  size_t read(char* buffer, size_t size) override {
    size_t count = std::min({size, step_, data_.size() - position_});
    data_.copy(buffer, count, position_);
    position_ += count;
    return count;
  }

 private:
  std::string data_;
  size_t step_;
  size_t position_ = 0;
};

struct BrokenSource : Source {
  size_t read(char*, size_t) override { throw_error(ErrorCode::unavailable, "connection lost"); }
};

// Half noise, half text, so that it compresses like a layer does.
std::string sample(size_t size) {
  std::mt19937 random(7);
  std::string data;
  while (data.size() < size) {
    if (random() % 2 == 0) {
      data += "the quick brown fox " + std::to_string(random() % 1000);
    } else {
      for (int i = 0; i < 16; ++i) data += static_cast<char>(random());
    }
  }
  data.resize(size);
  return data;
}

std::string compressed(Compression how, std::string_view data, size_t step = 1 << 30) {
  StringSink out;
  auto sink = compressing_sink(how, out);
  for (size_t at = 0; at < data.size(); at += step) sink->write(data.substr(at, step));
  sink->finish();
  return out.text;
}

std::string decompressed(std::string data) {
  auto source = decompressing_source(string_source(std::move(data)));
  return read_all(*source);
}

std::string by_program(const std::string& program, const std::string& input) {
  auto output = proc::run({.argv = {program, "-c"}}, input);
  EXPECT_EQ(output.status.code, 0) << output.err;
  return output.out;
}

TEST(DetectCompression, KnowsTheMagicNumbers) {
  using namespace std::string_view_literals;
  EXPECT_EQ(detect_compression("\x1f\x8b\x08..."sv), Compression::gzip);
  EXPECT_EQ(detect_compression("\x28\xb5\x2f\xfd"sv), Compression::zstd);
  EXPECT_EQ(detect_compression("\x5a\x2a\x4d\x18\0"sv), Compression::zstd);
  EXPECT_EQ(detect_compression("BZh9"sv), Compression::bzip2);
  EXPECT_EQ(detect_compression("\xfd\x37zXZ\0"sv), Compression::xz);
  for (auto other : {""sv, "\x1f"sv, "\x1f\x8b"sv, "BZ"sv, "plain text"sv, "\x50\x2a"sv})
    EXPECT_EQ(detect_compression(other), Compression::none);
}

class RoundTrip : public ::testing::TestWithParam<Compression> {};
INSTANTIATE_TEST_SUITE_P(All, RoundTrip,
                         ::testing::Values(Compression::none, Compression::gzip, Compression::zstd));

TEST_P(RoundTrip, GivesTheDataBack) {
  for (size_t size : {0, 1, 5, 1000, 262143, 262144, 262145, 3'000'000}) {
    std::string data = sample(size);
    std::string packed = compressed(GetParam(), data);
    for (size_t step : {size_t{1}, size_t{7}, size_t{65536}, size_t{1} << 30}) {
      if (step < 100 && size > 300'000) continue;
      auto source = decompressing_source(std::make_unique<DripSource>(packed, step));
      EXPECT_EQ(read_all(*source), data) << size << " bytes in steps of " << step;
    }
  }
}

TEST_P(RoundTrip, DoesNotDependOnHowTheDataIsCut) {
  std::string data = sample(1'000'000);
  EXPECT_EQ(compressed(GetParam(), data, 1000), compressed(GetParam(), data));
  EXPECT_EQ(compressed(GetParam(), data, 77'777), compressed(GetParam(), data));
}

TEST_P(RoundTrip, SmallReadsWork) {
  std::string data = sample(20'000);
  auto source = decompressing_source(string_source(compressed(GetParam(), data)));
  std::string read;
  char buffer[3];
  while (size_t count = source->read(buffer, sizeof buffer)) read.append(buffer, count);
  EXPECT_EQ(read, data);
  EXPECT_EQ(source->read(buffer, sizeof buffer), 0u) << "the end stays the end";
}

TEST_P(RoundTrip, ErrorsOfTheSourceComeThrough) {
  EXPECT_EQ(thrown_code([] { decompressing_source(std::make_unique<BrokenSource>()); }), "unavailable");
}

class Foreign : public ::testing::TestWithParam<const char*> {
 protected:
  std::string packed(const std::string& data) { return by_program(GetParam(), data); }
};
INSTANTIATE_TEST_SUITE_P(Programs, Foreign, ::testing::Values("gzip", "zstd", "bzip2", "xz"));

TEST_P(Foreign, WholeFilesOfTheProgramAreRead) {
  std::string data = sample(700'000);
  EXPECT_EQ(decompressed(packed(data)), data);
  EXPECT_EQ(decompressed(packed("")), "");
}

TEST_P(Foreign, ConcatenatedFilesAreRead) {
  EXPECT_EQ(decompressed(packed("one ") + packed("") + packed("two")), "one two");
}

TEST_P(Foreign, GarbageAtTheEndIsAnError) {
  std::string data = sample(1000);
  EXPECT_EQ(thrown_code([&] { decompressed(packed(data) + "some garbage at the end"); }), "invalid_argument");
  std::string broken = packed(data);
  broken[1] = '?';  // the magic number of the second member
  EXPECT_EQ(thrown_code([&] { decompressed(packed(data) + broken); }), "invalid_argument");
}

TEST_P(Foreign, PackedTwiceIsUnpackedOnce) {
  std::string once = packed("content");
  EXPECT_EQ(decompressed(packed(once)), once);
}

TEST_P(Foreign, EveryTruncationIsAnError) {
  std::string data = sample(3000);
  std::string whole = packed(data);
  for (size_t size = 6; size < whole.size(); size += 11)
    EXPECT_EQ(thrown_code([&] { decompressed(whole.substr(0, size)); }), "invalid_argument") << size;
  for (size_t cut = 1; cut < 12; ++cut)
    EXPECT_EQ(thrown_code([&] { decompressed(whole.substr(0, whole.size() - cut)); }), "invalid_argument")
        << cut;
}

TEST_P(Foreign, FlippedBitsNeverGiveOtherData) {
  std::string data = sample(3000);
  std::string whole = packed(data);
  int refused = 0, tried = 0;
  for (size_t at = 10; at < whole.size(); at += 13, ++tried) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 0x10);
    try {
      EXPECT_EQ(decompressed(broken), data) << at;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::invalid_argument);
      ++refused;
    }
  }
  EXPECT_GT(refused, tried * 9 / 10);
}

TEST_P(Foreign, SourceErrorInTheMiddleComesThrough) {
  struct HalfSource : Source {
    explicit HalfSource(std::string text) : first(std::move(text), 1000) {}
    size_t read(char* buffer, size_t size) override {
      if (size_t count = first.read(buffer, size)) return count;
      throw_error(ErrorCode::unavailable, "connection lost");
    }
    DripSource first;
  };
  std::string whole = packed(sample(500'000));
  whole.resize(whole.size() / 2);
  EXPECT_EQ(thrown_message([&] {
              auto source = decompressing_source(std::make_unique<HalfSource>(whole));
              read_all(*source);
            }),
            "connection lost");
}

TEST(Gzip, IsReadableByGzipAndHoldsNoNameOrTime) {
  std::string data = sample(1'000'000);
  std::string packed = compressed(Compression::gzip, data);
  EXPECT_EQ(proc::run({.argv = {"gzip", "-dc"}}, packed).out, data);
  EXPECT_EQ(packed[3], 0) << "no name, no comment";
  EXPECT_EQ(packed.substr(4, 4), std::string(4, '\0')) << "no time";
  EXPECT_LT(packed.size(), data.size());
}

TEST(Zstd, IsReadableByZstd) {
  std::string data = sample(1'000'000);
  EXPECT_EQ(proc::run({.argv = {"zstd", "-dc"}}, compressed(Compression::zstd, data)).out, data);
}

uint16_t header_crc(std::string_view header) {
  uint32_t crc = ~0u;
  for (unsigned char byte : header) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return static_cast<uint16_t>(~crc);
}

// A member with every optional part of the header.
std::string with_long_header(const std::string& packed) {
  std::string header = packed.substr(0, 3) + std::string(1, 0x1e) + packed.substr(4, 6);
  header += std::string("\x04\0abcd", 6) + std::string("name\0", 5) + std::string("comment\0", 8);
  uint16_t crc = header_crc(header);
  header += static_cast<char>(crc & 0xff);
  header += static_cast<char>(crc >> 8);
  return header + packed.substr(10);
}

TEST(Gzip, HeadersWithNameExtraCommentAndChecksumAreRead) {
  std::string packed = with_long_header(compressed(Compression::gzip, "content"));
  for (size_t step : {1, 2, 3, 5, 7, 11, 1000}) {
    auto source = decompressing_source(std::make_unique<DripSource>(packed + packed, step));
    EXPECT_EQ(read_all(*source), "contentcontent") << step;
  }
  for (size_t size = 6; size < packed.size(); ++size)
    EXPECT_EQ(thrown_code([&] { decompressed(packed.substr(0, size)); }), "invalid_argument") << size;
  packed[25] = 'X';
  EXPECT_EQ(thrown_code([&] { decompressed(packed); }), "invalid_argument")
      << "the header has a checksum, too";
}

TEST(Gzip, ZeroPaddingIsToleratedAndGarbageIsNot) {
  std::string packed = compressed(Compression::gzip, "content");
  EXPECT_EQ(decompressed(packed + std::string(100'000, '\0')), "content");
  EXPECT_EQ(thrown_code([&] { decompressed(packed + "garbage"); }), "invalid_argument");
  EXPECT_EQ(thrown_code([&] { decompressed(packed + std::string("\0\0garbage", 9)); }), "invalid_argument");
  EXPECT_EQ(thrown_code([&] { decompressed(packed + "\x1f"); }), "invalid_argument");
}

TEST(Gzip, WrongChecksumAndLengthAreErrors) {
  std::string packed = compressed(Compression::gzip, sample(100'000));
  for (size_t from_end : {1, 4, 5, 8}) {
    std::string broken = packed;
    broken[broken.size() - from_end] = static_cast<char>(broken[broken.size() - from_end] ^ 1);
    EXPECT_EQ(thrown_code([&] { decompressed(broken); }), "invalid_argument") << from_end;
  }
}

// Members of many sizes, cut everywhere: the bytes that the inflater has read ahead must reach the next
// member.
TEST(Gzip, ManyMembersInDripsAreRead) {
  std::string packed, data;
  for (size_t size = 0; size < 200; ++size) {
    std::string part = sample(size * 3);
    packed += compressed(Compression::gzip, part);
    data += part;
  }
  for (size_t step : {1, 2, 5, 8, 19, 64, 1000, 100'000}) {
    auto source = decompressing_source(std::make_unique<DripSource>(packed, step));
    EXPECT_EQ(read_all(*source), data) << step;
  }
}

TEST(Zstd, SkippableFramesAreSkipped) {
  std::string skippable("\x50\x2a\x4d\x18\x03\0\0\0abc", 11);
  EXPECT_EQ(decompressed(skippable + compressed(Compression::zstd, "content")), "content");
}

TEST(Compress, OnlyWhatDockerWritesCanBeWritten) {
  StringSink out;
  EXPECT_EQ(thrown_code([&] { compressing_sink(Compression::xz, out); }), "unimplemented");
  EXPECT_EQ(thrown_code([&] { compressing_sink(Compression::bzip2, out); }), "unimplemented");
}

TEST(FdSource, ReadsToTheEnd) {
  Fd file = make_memfd("data");
  std::string data = sample(600'000);
  write_all(file.get(), data);
  ::lseek(file.get(), 0, SEEK_SET);
  auto source = fd_source(file.get());
  EXPECT_EQ(read_all(*source), data);
  EXPECT_EQ(thrown_code([] {
              auto bad = fd_source(-1);
              read_all(*bad);
            }),
            "internal");
}

}  // namespace
}  // namespace rundlet::codec
