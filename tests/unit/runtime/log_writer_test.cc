#include "runtime/shim/log_writer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/random.h"

namespace rundlet::runtime {
namespace {

std::string as_json(std::string_view text) {
  std::string out;
  append_json_text(out, text);
  return out;
}

class LogWriterTest : public ::testing::Test {
 protected:
  LogWriterTest() { fs::make_directories(directory_); }
  ~LogWriterTest() override { fs::remove_tree(directory_); }
  LogSpec spec() const { return {"json-file", directory_ + "/log", -1, 1}; }
  // Entries without their times.
  std::string content(const std::string& name = "/log") const {
    std::string text = read_file(directory_ + name), out;
    for (size_t i = 0; i < text.size();) {
      size_t time = text.find(",\"time\":\"", i), end = text.find('\n', i);
      out += text.substr(i, time - i) + "\n";
      i = end + 1;
    }
    return out;
  }
  std::string directory_ = "/tmp/runtime-test-" + random_hex(6);
};

TEST(LogEscape, EscapesAsDockersEncoderDoes) {
  EXPECT_EQ(as_json("plain"), "\"plain\"");
  EXPECT_EQ(as_json("a\"b\\c\n\r\t"), "\"a\\\"b\\\\c\\n\\r\\t\"");
  EXPECT_EQ(as_json(std::string("\0\x1b\x7f", 3)), "\"\\u0000\\u001b\x7f\"");
  EXPECT_EQ(as_json("<a&b>"), "\"\\u003ca\\u0026b\\u003e\"");
  EXPECT_EQ(as_json("\xE2\x80\xA8"), "\"\\u2028\"");
}

TEST(LogEscape, KeepsUtf8AndReplacesEverythingElse) {
  EXPECT_EQ(as_json("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80"), "\"gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80\"");
  EXPECT_EQ(as_json("\xFF"
                    "a\xC3"),
            "\"\\ufffda\\ufffd\"");                                            // stray, cut off
  EXPECT_EQ(as_json("\xC0\xAF"), "\"\\ufffd\\ufffd\"");                        // overlong
  EXPECT_EQ(as_json("\xED\xA0\x80"), "\"\\ufffd\\ufffd\\ufffd\"");             // surrogate
  EXPECT_EQ(as_json("\xF4\x90\x80\x80"), "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");  // beyond Unicode
}

TEST_F(LogWriterTest, PutsLinesTogetherPerStream) {
  auto log = LogWriter::open(spec());
  log->write(Stream::out, "one\ntw");
  log->write(Stream::err, "err");
  log->write(Stream::out, "o\n");
  log->finish(Stream::err);
  log->finish(Stream::out);
  EXPECT_EQ(content(),
            "{\"log\":\"one\\n\",\"stream\":\"stdout\"\n{\"log\":\"two\\n\",\"stream\":\"stdout\"\n"
            "{\"log\":\"err\",\"stream\":\"stderr\"\n");
}

TEST_F(LogWriterTest, SplitsLongLinesAt16KiB) {
  auto log = LogWriter::open(spec());
  std::string line(40000, 'x');
  for (size_t i = 0; i < line.size(); i += 7000) log->write(Stream::out, line.substr(i, 7000));
  log->write(Stream::out, "\n");
  std::string expected;
  for (size_t size : {16384u, 16384u, 7232u})
    expected +=
        "{\"log\":\"" + std::string(size, 'x') + (size < 16384 ? "\\n" : "") + "\",\"stream\":\"stdout\"\n";
  EXPECT_EQ(content(), expected);
}

TEST_F(LogWriterTest, ALineOfExactly16KiBKeepsItsNewline) {
  auto log = LogWriter::open(spec());
  log->write(Stream::out, std::string(16384, 'x') + "\ny\n");
  EXPECT_EQ(content(), "{\"log\":\"" + std::string(16384, 'x') + "\\n\",\"stream\":\"stdout\"\n" +
                           "{\"log\":\"y\\n\",\"stream\":\"stdout\"\n");
}

TEST_F(LogWriterTest, RotatesAndKeepsSoManyFiles) {
  LogSpec rotating = spec();
  rotating.max_size = 100;
  rotating.max_file = 3;
  auto log = LogWriter::open(rotating);
  for (int i = 0; i < 10; ++i)
    log->write(Stream::out, "line " + std::to_string(i) + " " + std::string(60, 'x') + "\n");
  EXPECT_NE(content("/log").find("line 9"), std::string::npos);
  EXPECT_NE(content("/log.1").find("line 8"), std::string::npos);
  EXPECT_NE(content("/log.2").find("line 7"), std::string::npos);
  EXPECT_NE(::access((directory_ + "/log.3").c_str(), F_OK), 0);
}

TEST_F(LogWriterTest, GoesOnAfterARestartOfTheContainer) {
  LogWriter::open(spec())->write(Stream::out, "first\n");
  LogWriter::open(spec())->write(Stream::out, "second\n");
  EXPECT_EQ(content(),
            "{\"log\":\"first\\n\",\"stream\":\"stdout\"\n{\"log\":\"second\\n\",\"stream\":\"stdout\"\n");
}

TEST_F(LogWriterTest, RefusesDriversItDoesNotKnow) {
  EXPECT_EQ(LogWriter::open({"none", "", -1, 1}), nullptr);
  EXPECT_THROW(LogWriter::open({"syslog", "", -1, 1}), Error);
}

}  // namespace
}  // namespace rundlet::runtime
