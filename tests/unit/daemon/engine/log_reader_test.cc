#include "daemon/engine/log_reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>

#include "tests/unit/base/temp_dir.h"

namespace rundlet::daemon {
namespace {

std::string stored(const std::string& text) {
  return "{\"log\":\"" + text + "\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05.6Z\"}\n";
}

// A log as the shim writes it.
class Log {
 public:
  std::string path() const { return directory_.path() + "/x-json.log"; }

  void append(const std::string& data) {
    Fd file = open_file(path(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    write_all(file.get(), data);
  }
  void lines(int first, int last) {
    for (int i = first; i <= last; ++i) append(stored(std::to_string(i)));
  }
  void rotate(int files) {
    for (int age = files - 1; age > 0; --age) {
      std::string from = age == 1 ? path() : path() + "." + std::to_string(age - 1);
      ::rename(from.c_str(), (path() + "." + std::to_string(age)).c_str());
    }
    append("");
  }

 private:
  test::TempDir directory_;
};

std::string read_all(LogReader& reader) {
  std::string text;
  while (auto line = reader.next()) text += line->text.substr(0, line->text.size() - 1) + " ";
  return text;
}

TEST(ParseLogLine, ReadsEscapes) {
  auto line = parse_log_line(
      R"({"log":"a\"\\\n\u0007\u00e9\u20ac","stream":"stderr","time":"2026-01-02T03:04:05Z"})");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->text, "a\"\\\n\aé€");
  EXPECT_TRUE(line->is_stderr);
}

TEST(ParseLogLine, TakesNothingCutOff) {
  std::string whole = stored("text");
  whole.pop_back();
  ASSERT_TRUE(parse_log_line(whole));
  for (size_t size = 0; size + 1 < whole.size(); ++size)
    EXPECT_FALSE(parse_log_line(std::string_view(whole).substr(0, size))) << size;
  EXPECT_FALSE(parse_log_line(R"({"log":"\u12","stream":"stdout","time":"2026-01-02T03:04:05Z"})"));
  EXPECT_FALSE(parse_log_line(R"({"log":"x","stream":"stdout","time":"yesterday"})"));
}

TEST(LogReader, ReadsRotatedFilesInOrder) {
  Log log;
  log.lines(1, 2);
  log.rotate(3);
  log.lines(3, 4);
  log.rotate(3);
  log.lines(5, 6);
  LogReader reader(log.path(), {});
  EXPECT_EQ(read_all(reader), "1 2 3 4 5 6 ");
}

TEST(LogReader, TailCountsOverRotatedFiles) {
  Log log;
  log.lines(1, 3);
  log.rotate(3);
  log.lines(4, 5);
  for (auto [tail, expected] : {std::pair{0, ""}, {1, "5 "}, {2, "4 5 "}, {3, "3 4 5 "}, {9, "1 2 3 4 5 "}}) {
    LogReader reader(log.path(), tail);
    EXPECT_EQ(read_all(reader), expected) << tail;
  }
}

TEST(LogReader, FollowsThroughSeveralRotations) {
  Log log;
  log.lines(1, 1);
  LogReader reader(log.path(), {});
  EXPECT_EQ(read_all(reader), "1 ");
  log.lines(2, 2);
  log.rotate(5);
  log.lines(3, 3);
  log.rotate(5);
  log.lines(4, 4);
  log.rotate(5);
  EXPECT_EQ(read_all(reader), "2 3 4 ");
  log.lines(5, 5);
  EXPECT_EQ(read_all(reader), "5 ");
}

TEST(LogReader, GoesOnWithTheOldestWhenItsOwnFileIsGone) {
  Log log;
  log.lines(1, 1);
  LogReader reader(log.path(), {});
  EXPECT_EQ(read_all(reader), "1 ");
  for (int i = 2; i <= 5; ++i) {
    log.rotate(2);
    log.lines(i, i);
  }
  EXPECT_EQ(read_all(reader), "4 5 ");
}

TEST(LogReader, SeesThatItsFileWasBegunAnew) {
  Log log;
  log.lines(1, 9);
  LogReader reader(log.path(), {});
  read_all(reader);
  ASSERT_EQ(::truncate(log.path().c_str(), 0), 0);
  log.lines(10, 10);
  EXPECT_EQ(read_all(reader), "10 ");
}

TEST(LogReader, SkipsALineThatACrashCutOff) {
  Log log;
  log.lines(1, 1);
  log.append("{\"log\":\"half");
  log.rotate(2);
  log.lines(2, 2);
  LogReader reader(log.path(), {});
  EXPECT_EQ(read_all(reader), "1 2 ");
}

TEST(LogReader, WaitsForALogThatIsNotThereYet) {
  Log log;
  LogReader reader(log.path(), {});
  EXPECT_FALSE(reader.next());
  log.lines(1, 1);
  EXPECT_EQ(read_all(reader), "1 ");
}

}  // namespace
}  // namespace rundlet::daemon
