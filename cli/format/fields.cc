#include "cli/format/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <tuple>

#include "base/clock.h"
#include "cli/text.h"
#include "spec/units.h"

namespace rundlet::cli {
namespace {

using spec::docker_api::PortSummary;

std::string host_and_port(const std::string& ip, std::string_view port) {
  return ip.find(':') == ip.npos ? fmt::format("{}:{}", ip, port) : fmt::format("[{}]:{}", ip, port);
}

// Ports that follow one another, all unpublished or all published under their own number.
struct Run {
  std::string ip, type;
  unsigned first, last;
};

std::string run_text(const Run& run) {
  std::string ports =
      run.first == run.last ? std::to_string(run.first) : fmt::format("{}-{}", run.first, run.last);
  if (run.ip.empty()) return fmt::format("{}/{}", ports, run.type);
  return fmt::format("{}->{}/{}", host_and_port(run.ip, ports), ports, run.type);
}

}  // namespace

std::string short_id(std::string_view id) {
  size_t colon = id.find(':');
  if (colon != id.npos) id.remove_prefix(colon + 1);
  return std::string(id.substr(0, 12));
}

std::string local_time(int64_t unix_seconds) {
  std::time_t time = unix_seconds;
  std::tm tm{};
  ::localtime_r(&time, &tm);
  char text[80];
  size_t length = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %z %Z", &tm);
  return std::string(text, length);
}

std::string ago(int64_t unix_seconds) {
  return spec::human_duration(unix_nanos(now()) - unix_seconds * 1'000'000'000) + " ago";
}

std::string label_text(const std::map<std::string, std::string>& labels) {
  std::vector<std::string> pairs;
  for (const auto& [name, value] : labels) pairs.push_back(name + "=" + value);
  return join(pairs, ",");
}

std::string ports_text(std::vector<PortSummary> ports) {
  std::sort(ports.begin(), ports.end(), [](const PortSummary& a, const PortSummary& b) {
    return std::tie(a.private_port, a.ip, a.public_port, a.type) <
           std::tie(b.private_port, b.ip, b.public_port, b.type);
  });
  std::vector<std::string> texts, moved;
  std::vector<Run> runs;
  for (const PortSummary& port : ports) {
    if (!port.ip.empty() && port.public_port != port.private_port) {
      moved.push_back(fmt::format("{}->{}/{}",
                                  host_and_port(port.ip, std::to_string(port.public_port.value_or(0))),
                                  port.private_port, port.type));
      continue;
    }
    auto run = std::find_if(runs.begin(), runs.end(),
                            [&](const Run& r) { return r.ip == port.ip && r.type == port.type; });
    if (run == runs.end()) {
      runs.push_back({port.ip, port.type, port.private_port, port.private_port});
    } else if (port.private_port == run->last + 1u) {
      run->last = port.private_port;
    } else {
      texts.push_back(run_text(*run));
      run->first = run->last = port.private_port;
    }
  }
  for (const Run& run : runs) texts.push_back(run_text(run));
  texts.insert(texts.end(), moved.begin(), moved.end());
  return join(texts, ", ");
}

}  // namespace rundlet::cli
