#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "cli/commands/commands.h"
#include "cli/format/go_template.h"
#include "cli/options/filters.h"
#include "cli/options/timestamps.h"
#include "cli/text.h"

namespace rundlet::cli {
namespace {

using spec::docker_api::Event;

// Local, with nine digits of fraction: "2026-11-20T18:46:42.000000001Z", "…+02:00".
std::string event_time(TimePoint time) {
  std::time_t seconds = unix_seconds(time);
  std::tm tm{};
  ::localtime_r(&seconds, &tm);
  char date[40];
  std::strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm);
  long minutes = tm.tm_gmtoff / 60;
  std::string zone = minutes == 0 ? "Z"
                                  : fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+',
                                                std::abs(minutes) / 60, std::abs(minutes) % 60);
  return fmt::format("{}.{:09}{}", date, unix_nanos(time) - seconds * 1'000'000'000, zone);
}

std::string event_line(const Event& event) {
  std::string line = fmt::format("{} {} {} {}", event_time(event.time), event.type, event.action, event.id);
  std::vector<std::string> attributes;
  for (const auto& [name, value] : event.attributes) attributes.push_back(name + "=" + value);
  return attributes.empty() ? line : fmt::format("{} ({})", line, join(attributes, ", "));
}

int run(Session& session, const Invocation& call) {
  orchestrate::EventsOptions options;
  std::string format;
  FlagSet flags = call.flags();
  add_filter_flag(flags, options.filters);
  flags.text(format, 0, "format", "Print with a template: 'json' or 'TEMPLATE'");
  flags.text(options.since, 0, "since", "Show all events created since timestamp");
  flags.text(options.until, 0, "until", "Stream events until this timestamp");
  flags.parse(call.args, 0, 0);
  options.since = to_unix_timestamp("since", options.since, now());
  options.until = to_unix_timestamp("until", options.until, now());
  std::optional<GoTemplate> each;
  if (!format.empty()) each.emplace(format == "json" ? "{{json .}}" : format);
  session.engine().events(options, [&](const Event& event) {
    fmt::print("{}\n", each ? each->render(to_json(event)) : event_line(event));
    std::fflush(stdout);
  });
  return 0;
}

}  // namespace

const Command kEvents{"events", "system", "events", "[OPTIONS]", "Get real time events from the server", run};

}  // namespace rundlet::cli
