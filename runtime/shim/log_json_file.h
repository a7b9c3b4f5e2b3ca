// The "json-file" log driver, with rotation: PATH is the newest, PATH.1 the one before it.
#pragma once

#include "runtime/shim/log_writer.h"

namespace rundlet::runtime {

class JsonFileLog : public LogWriter {
 public:
  explicit JsonFileLog(LogSpec spec);
  void write(Stream stream, std::string_view data) override;
  void finish(Stream stream) override;

 private:
  void take_lines(std::string& partial, Stream stream, std::string_view data);
  void flush();
  size_t fitting(std::string_view entries) const;
  void write_entries(std::string_view entries);
  void rotate();
  void open();

  LogSpec spec_;
  Fd file_;
  int64_t size_ = 0;
  std::string partial_[2];  // per stream: a line that is still to be ended
  std::string buffer_;      // entries of the read that is being handled
  std::string time_;
  bool failing_ = false;
};

}  // namespace rundlet::runtime
