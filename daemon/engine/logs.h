// The json-file log of a container: lines {"log","stream","time"} written by its shim, read here.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/engine/engine.h"

namespace rundlet::daemon {

std::string log_path(const Engine& engine, const std::string& container_id);

struct LogQuery {
  bool stdout_ = false, stderr_ = false;
  bool follow = false, timestamps = false;
  std::optional<TimePoint> since, until;
  std::optional<int64_t> tail;  // lines; unset: all
};
struct LogLine {
  bool is_stderr = false;
  TimePoint time;
  std::string text;  // with its newline; a partial line has none
};
// Gives every wanted line to `each` (which returns false to end), oldest first, over rotated files too. With follow
// it goes on until the container ends and its log has been read, or `gone` (asked at least every second; `client_fd`
// wakes it, -1 for none) says that the client has left.
void read_logs(Engine& engine, const ContainerPtr& container, const LogQuery& query,
               const std::function<bool(const LogLine&)>& each, const std::function<bool()>& gone, int client_fd);

}  // namespace rundlet::daemon
