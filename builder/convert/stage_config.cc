// Instructions that only change the configuration.
#include <fmt/format.h>

#include <charconv>

#include "base/error.h"
#include "base/proc/pidfd.h"
#include "builder/convert/stage.h"
#include "builder/dockerfile/parser.h"

namespace rundlet::builder::convert {
namespace {

struct PortRange {
  unsigned first = 0, last = 0;
  std::string protocol = "tcp";
};

unsigned port_number(std::string_view text, const std::string& whole) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > 65535) {
    throw_invalid(fmt::format("Invalid containerPort: {}", whole));
  }
  return value;
}

// "80", "53/udp", "8000-8010/tcp".
PortRange parse_port(const std::string& text) {
  PortRange range;
  std::string_view ports = text;
  size_t slash = ports.find('/');
  if (slash != ports.npos) range.protocol = ports.substr(slash + 1);
  if (range.protocol != "tcp" && range.protocol != "udp" && range.protocol != "sctp") {
    throw_invalid(fmt::format("Invalid proto: {}", range.protocol));
  }
  ports = ports.substr(0, slash);
  size_t dash = ports.find('-');
  range.first = port_number(ports.substr(0, dash), text);
  range.last = dash == ports.npos ? range.first : port_number(ports.substr(dash + 1), text);
  if (range.last < range.first) throw_invalid(fmt::format("Invalid range specified for port: {}", text));
  return range;
}

std::string join(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += ' ' + word;
  return result;
}

}  // namespace

// All pairs see the environment as it was before the instruction.
void StageBuilder::run(const dockerfile::Env& body) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& pair : body.pairs) values.emplace_back(expand(pair.key), expand(pair.value));
  std::string text = "ENV";
  for (const auto& [name, value] : values) {
    set_environment(config().env, name, value);
    text += fmt::format(" {}={}", name, value);
  }
  add_configuration(text);
}

void StageBuilder::run(const dockerfile::Label& body) {
  std::string text = "LABEL";
  for (const auto& pair : body.pairs) {
    std::string name = expand(pair.key), value = expand(pair.value);
    config().labels[name] = value;
    text += fmt::format(" {}={}", name, value);
  }
  add_configuration(text);
}

void StageBuilder::run(const dockerfile::Arg& body) {
  std::string text = "ARG";
  for (const auto& item : body.items) {
    std::optional<std::string> fallback;
    if (item.value) fallback = expand(*item.value);
    state_.args.declare(item.name, fallback, globals_);
    auto value = state_.args.get(item.name);
    text += ' ' + item.name + (value ? "=" + *value : "");
  }
  add_configuration(text);
}

void StageBuilder::run(const dockerfile::Maintainer& body) {
  state_.config.author = body.name;
  add_configuration("MAINTAINER " + body.name);
}

void StageBuilder::run(const dockerfile::Expose& body) {
  std::vector<std::string> ports;
  for (const std::string& word : body.ports) {
    for (const std::string& text : dockerfile::expand_words(
             word, [this](std::string_view name) { return variable(name); }, {escape_, false})) {
      PortRange range = parse_port(text);
      for (unsigned port = range.first; port <= range.last; ++port) {
        config().exposed_ports[fmt::format("{}/{}", port, range.protocol)];
      }
      ports.push_back(text);
    }
  }
  add_configuration("EXPOSE" + join(ports));
}

void StageBuilder::run(const dockerfile::Volume& body) {
  std::vector<std::string> paths = expand_list(body.paths);
  for (const std::string& path : paths) {
    if (path.empty()) throw_invalid("VOLUME specified can not be an empty string");
    config().volumes[path];
  }
  add_configuration("VOLUME " + show_words(paths));
}

void StageBuilder::run(const dockerfile::User& body) {
  config().user = expand(body.name);
  add_configuration("USER " + config().user);
}

// A base image's command belongs to its own entry point: a new one drops it.
void StageBuilder::run(const dockerfile::Entrypoint& body) {
  config().entrypoint = in_shell(body.command);
  if (!state_.cmd_set) config().cmd.clear();
  add_configuration("ENTRYPOINT " + show_words(config().entrypoint));
}

void StageBuilder::run(const dockerfile::Cmd& body) {
  config().cmd = in_shell(body.command);
  config().args_escaped = body.command.shell;
  state_.cmd_set = true;
  add_configuration("CMD " + show_words(config().cmd));
}

void StageBuilder::run(const dockerfile::Shell& body) {
  config().shell = body.words;
  add_configuration("SHELL" + join(body.words));
}

void StageBuilder::run(const dockerfile::StopSignal& body) {
  std::string signal = expand(body.signal);
  if (!proc::signal_from_string(signal)) throw_invalid(fmt::format("Invalid signal: {}", signal));
  config().stop_signal = signal;
  add_configuration("STOPSIGNAL " + signal);
}

void StageBuilder::run(const dockerfile::Healthcheck& body) {
  spec::HealthConfig check;
  if (body.none) {
    check.test = {"NONE"};
  } else {
    check.test = {body.command.shell ? "CMD-SHELL" : "CMD"};
    check.test.insert(check.test.end(), body.command.words.begin(), body.command.words.end());
    check.interval = body.interval;
    check.timeout = body.timeout;
    check.start_period = body.start_period;
    check.start_interval = body.start_interval;
    check.retries = body.retries;
  }
  config().healthcheck = check;
  add_configuration(current_->text);
}

void StageBuilder::run(const dockerfile::OnBuild& body) {
  dockerfile::parse_trigger(body.trigger);  // so that a bad one fails here, not in the child's build
  config().on_build.push_back(body.trigger);
  add_configuration("ONBUILD " + body.trigger);
}

}  // namespace rundlet::builder::convert
