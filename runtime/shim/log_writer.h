// The container's log. docker's json-file: one JSON object a line, in pieces of at most 16 KiB.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "runtime/client/shim_client.h"

namespace rundlet::runtime {

enum class Stream : uint8_t { out = 1, err = 2 };

class LogWriter {
 public:
  // "json-file" or "none"; throws unimplemented for another driver.
  static std::unique_ptr<LogWriter> open(const LogSpec& spec);
  virtual ~LogWriter() = default;
  // Everything that came in one read. Complete lines are in the file when it returns. A full disk loses
  // lines, as with docker, rather than stop the container.
  virtual void write(Stream stream, std::string_view data) = 0;
  // The rest of a line that will not be ended.
  virtual void finish(Stream stream) = 0;
};

// Appends `{"log":…,"stream":…,"time":…}\n`; `line` with its newline if it has one.
void append_log_entry(std::string& out, std::string_view line, Stream stream, std::string_view time);
// As a JSON string, with docker's escapes; bytes that are not UTF-8 become U+FFFD.
void append_json_text(std::string& out, std::string_view text);

}  // namespace rundlet::runtime
