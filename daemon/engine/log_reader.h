// Reading a json-file log: the rotated files in order, from any number of lines before the end, and further
// as the shim writes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "daemon/engine/logs.h"

namespace rundlet::daemon {

// One stored line, without its newline; nullopt when it is not what a shim writes (a line cut off by a
// crash).
std::optional<LogLine> parse_log_line(std::string_view stored);

class LogReader {
 public:
  // `tail`: start that many lines before the end.
  LogReader(std::string path, std::optional<int64_t> tail);

  // The next whole line, or nullopt when there is none now. Goes on in the next file when one ends and was
  // rotated.
  std::optional<LogLine> next();
  // Waits until the file may have grown, `other_fd` (-1: none) is ready, or the time is over.
  void wait(int other_fd, int timeout_ms);

 private:
  void open_files();
  void watch_newest();
  std::string name_of_age(int age) const;
  bool fill();
  Fd open_successor() const;
  bool advance();
  void seek_tail(int64_t lines);

  std::string path_;
  std::vector<Fd> files_;  // opened at the start, newest last: rotation cannot take them away
  size_t current_ = 0;
  std::string buffer_;
  size_t position_ = 0;
  Fd inotify_;
};

}  // namespace rundlet::daemon
