// The two forms in which the API streams: docker's frames of stdout and stderr, and lines of JSON progress.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "base/http/server.h"
#include "spec/docker_api/image.h"

namespace rundlet::daemon {

// 8 bytes before each piece: stream (1 stdout, 2 stderr), three zeros, big-endian length.
std::string frame(bool is_stderr, std::string_view data);

// Progress of a pull, push, build or load, from any thread. The stream begins with the first message, so that an error
// before it still gets a status of its own; afterwards an error is the last line.
class ProgressStream {
 public:
  explicit ProgressStream(http::ResponseWriter& response) : response_(response) {}

  void write(const spec::docker_api::ProgressMessage& message);
  void write_text(const std::string& text);  // {"stream": text}
  // To be called when nothing failed: begins the stream if nobody has.
  void finish();
  // Ends with {"error": …, "errorDetail": {"code": …}}; called in a handler, it rethrows when the stream has not
  // begun.
  void fail(const std::exception& error, int code = 0);

 private:
  void begin();
  http::ResponseWriter& response_;
  std::mutex mutex_;
  bool begun_ = false;
};

}  // namespace rundlet::daemon
