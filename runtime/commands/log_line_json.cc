#include "runtime/commands/log_line_json.h"

#include "base/codec/json.h"

namespace rundlet::runtime {
namespace {

struct LogLine {
  std::string level, message;
  TimePoint time;
};

template <class Visitor>
void describe(Visitor& v, LogLine& l) {
  v("level", l.level);
  v("msg", l.message);
  v("time", l.time);
}

}  // namespace

std::string json_log_line(const std::string& message) {
  return json::encode(LogLine{"error", message, now()});
}

}  // namespace rundlet::runtime
