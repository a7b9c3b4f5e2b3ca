#include <fmt/format.h>

#include <cmath>

#include "daemon/engine/inspect.h"

namespace rundlet::daemon {

std::string human_duration(std::chrono::nanoseconds duration) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
  auto minutes = seconds / 60;
  auto hours = static_cast<long>(std::lround(static_cast<double>(seconds) / 3600.0));
  if (seconds < 1) return "Less than a second";
  if (seconds == 1) return "1 second";
  if (seconds < 60) return fmt::format("{} seconds", seconds);
  if (minutes == 1) return "About a minute";
  if (minutes < 60) return fmt::format("{} minutes", minutes);
  if (hours == 1) return "About an hour";
  if (hours < 48) return fmt::format("{} hours", hours);
  if (hours < 24 * 7 * 2) return fmt::format("{} days", hours / 24);
  if (hours < 24 * 30 * 2) return fmt::format("{} weeks", hours / 24 / 7);
  if (hours < 24 * 365 * 2) return fmt::format("{} months", hours / 24 / 30);
  return fmt::format("{} years", hours / 24 / 365);
}

std::string state_name(Status status) {
  if (status == Status::creating || status == Status::starting) return "created";
  return std::string(to_string(status));
}

std::string status_text(const ContainerRecord& record, TimePoint at) {
  std::string up = record.started_at ? "Up " + human_duration(at - *record.started_at) : "Up";
  std::string ago = record.finished_at ? human_duration(at - *record.finished_at) + " ago" : "";
  switch (record.status) {
    case Status::creating:
    case Status::created:
    case Status::starting: return "Created";
    case Status::running:
      if (record.health.status.empty()) return up;
      return up + (record.health.status == "starting" ? " (health: starting)" : " (" + record.health.status + ")");
    case Status::paused: return up + " (Paused)";
    case Status::restarting: return fmt::format("Restarting ({}) {}", record.exit_code, ago);
    case Status::exited: return fmt::format("Exited ({}) {}", record.exit_code, ago);
    case Status::removing: return "Removal In Progress";
    case Status::dead: return "Dead";
  }
  return "Dead";
}

}  // namespace rundlet::daemon
