#include "daemon/api/stream.h"

#include "base/error.h"

namespace rundlet::daemon {

std::string frame(bool is_stderr, std::string_view data) {
  auto size = static_cast<uint32_t>(data.size());
  std::string framed{static_cast<char>(is_stderr ? 2 : 1), 0, 0, 0};
  for (int shift = 24; shift >= 0; shift -= 8) framed += static_cast<char>(size >> shift & 0xff);
  framed += data;
  return framed;
}

void ProgressStream::begin() {
  if (begun_) return;
  begun_ = true;
  response_.start_stream(200, "application/json");
}

void ProgressStream::write(const spec::docker_api::ProgressMessage& message) {
  std::lock_guard lock(mutex_);
  begin();
  response_.write(to_json(message) + "\r\n");
}

void ProgressStream::write_text(const std::string& text) {
  spec::docker_api::ProgressMessage message;
  message.stream = text;
  write(message);
}

void ProgressStream::finish() {
  std::lock_guard lock(mutex_);
  begin();
}

void ProgressStream::fail(const std::exception& error, int code) {
  {
    std::lock_guard lock(mutex_);
    if (!begun_) throw;
  }
  spec::docker_api::ProgressMessage message;
  message.error = error.what();
  message.error_code = code;
  write(message);
}

}  // namespace rundlet::daemon
