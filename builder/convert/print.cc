#include <fmt/format.h>

#include "builder/convert/plan.h"
#include "builder/convert/stage.h"
#include "builder/graph/print.h"

namespace rundlet::builder::convert {
namespace {

void line(std::string& out, std::string_view name, const std::string& value) {
  if (!value.empty()) out += fmt::format("{}: {}\n", name, value);
}

void lines(std::string& out, std::string_view name, const std::vector<std::string>& values) {
  if (!values.empty()) out += fmt::format("{}: {}\n", name, show_words(values));
}

std::vector<std::string> keys(const std::map<std::string, spec::Empty>& map) {
  std::vector<std::string> result;
  for (const auto& [key, value] : map) result.push_back(key);
  return result;
}

std::string config_text(const spec::ImageConfig& image) {
  const spec::ImageRunConfig& config = image.config;
  std::string out;
  line(out, "platform", image.platform.str());
  line(out, "author", image.author);
  line(out, "user", config.user);
  line(out, "directory", config.working_dir);
  lines(out, "env", config.env);
  lines(out, "entrypoint", config.entrypoint);
  lines(out, "cmd", config.cmd);
  lines(out, "shell", config.shell);
  lines(out, "ports", keys(config.exposed_ports));
  lines(out, "volumes", keys(config.volumes));
  for (const auto& [name, value] : config.labels) line(out, "label " + name, value);
  line(out, "stop signal", config.stop_signal);
  if (config.healthcheck) {
    const spec::HealthConfig& check = *config.healthcheck;
    lines(out, "healthcheck", check.test);
    out += fmt::format("  interval {} timeout {} retries {}\n", check.interval, check.timeout, check.retries);
  }
  lines(out, "onbuild", config.on_build);
  return out;
}

}  // namespace

std::string print(const Plan& plan) {
  std::vector<graph::VertexPtr> targets = plan.layers;
  if (targets.empty()) {
    for (const Step& step : plan.steps) {
      if (step.vertex) targets.push_back(step.vertex);
    }
  }
  std::string out = "[graph]\n" + graph::print(targets) + "[steps]\n";
  for (const Step& step : plan.steps) {
    out += fmt::format("{}{}{}\n", step.stage_label.empty() ? "" : "[" + step.stage_label + "] ", step.name,
                       step.vertex ? "" : " (configuration)");
  }
  out += "[history]\n";
  for (const HistoryEntry& entry : plan.history) {
    out += fmt::format("{}{}\n", entry.created_by, entry.vertex ? "" : " (empty)");
  }
  out += "[config]\n" + config_text(plan.config);
  for (const std::string& warning : plan.warnings) line(out, "warning", warning);
  return out;
}

}  // namespace rundlet::builder::convert
