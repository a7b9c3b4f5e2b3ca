#include "daemon/engine/logs.h"

#include "base/error.h"
#include "daemon/engine/log_reader.h"

namespace rundlet::daemon {
namespace {

constexpr int kPollMs = 250;

bool wanted(const LogLine& line, const LogQuery& query) {
  if (line.is_stderr ? !query.stderr_ : !query.stdout_) return false;
  return !query.since || line.time >= *query.since;
}

}  // namespace

std::string log_path(const Engine& engine, const std::string& container_id) {
  return engine.container_directory(container_id) + "/" + container_id + "-json.log";
}

void read_logs(Engine& engine, const ContainerPtr& container, const LogQuery& query,
               const std::function<bool(const LogLine&)>& each, const std::function<bool()>& gone,
               int client_fd) {
  ContainerRecord record = container->record();
  if (record.host_config.log_config.type == "none")
    throw_error(ErrorCode::unimplemented, "configured logging driver does not support reading");
  LogReader reader(log_path(engine, record.id), query.tail);
  for (;;) {
    // Asked before the read: what was written before the end is then read after it.
    ContainerRecord present = container->record();
    bool alive = is_running(present.status) || present.status == Status::restarting;
    while (auto line = reader.next()) {
      if (query.until && line->time > *query.until) return;
      if (wanted(*line, query) && !each(*line)) return;
    }
    if (!query.follow || !alive || present.removed || gone()) return;
    if (query.until && now() > *query.until) return;
    reader.wait(client_fd, kPollMs);
  }
}

}  // namespace rundlet::daemon
