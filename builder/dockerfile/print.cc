#include "builder/dockerfile/print.h"

#include <fmt/format.h>

namespace rundlet::builder::dockerfile {
namespace {

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
  }
  return result + '"';
}

std::string words(const std::vector<std::string>& values) {
  std::string result;
  for (const std::string& value : values) result += ' ' + quoted(value);
  return result;
}

std::string flag(std::string_view name, const std::string& value) {
  return value.empty() ? "" : fmt::format(" --{}={}", name, quoted(value));
}

std::string command(const CommandLine& line) {
  return (line.shell ? " shell" : " exec") + words(line.words);
}

std::string pairs(const std::vector<KeyValue>& values) {
  std::string result;
  for (const KeyValue& pair : values) result += ' ' + quoted(pair.key) + '=' + quoted(pair.value);
  return result;
}

std::string heredocs(const std::vector<Heredoc>& values) {
  std::string result;
  for (const Heredoc& heredoc : values) {
    result += fmt::format(" <<{}{}{}", heredoc.strip_tabs ? "-" : "", heredoc.name,
                          heredoc.expand ? "" : "(verbatim)");
    result += ' ' + quoted(heredoc.content);
  }
  return result;
}

struct Printer {
  std::string operator()(const From& b) const {
    return "from " + quoted(b.image) + flag("platform", b.platform) + flag("as", b.stage_name);
  }
  std::string operator()(const Run& b) const {
    std::string result = "run" + command(b.command);
    for (const std::string& mount : b.mounts) result += flag("mount", mount);
    return result + flag("network", b.network) + flag("security", b.security) + heredocs(b.heredocs);
  }
  std::string operator()(const Copy& b) const {
    std::string result = (b.add ? "add" : "copy") + words(b.sources) + heredocs(b.heredocs) + " to";
    result +=
        ' ' + quoted(b.destination) + flag("from", b.from) + flag("chown", b.chown) + flag("chmod", b.chmod);
    return result + flag("checksum", b.checksum) + (b.link ? " --link" : "");
  }
  std::string operator()(const Env& b) const { return "env" + pairs(b.pairs); }
  std::string operator()(const Label& b) const { return "label" + pairs(b.pairs); }
  std::string operator()(const Arg& b) const {
    std::string result = "arg";
    for (const Arg::Item& item : b.items) {
      result += ' ' + quoted(item.name);
      if (item.value) result += '=' + quoted(*item.value);
    }
    return result;
  }
  std::string operator()(const Maintainer& b) const { return "maintainer " + quoted(b.name); }
  std::string operator()(const Expose& b) const { return "expose" + words(b.ports); }
  std::string operator()(const Volume& b) const { return "volume" + words(b.paths); }
  std::string operator()(const User& b) const { return "user " + quoted(b.name); }
  std::string operator()(const Workdir& b) const { return "workdir " + quoted(b.path); }
  std::string operator()(const Cmd& b) const { return "cmd" + command(b.command); }
  std::string operator()(const Entrypoint& b) const { return "entrypoint" + command(b.command); }
  std::string operator()(const Shell& b) const { return "shell" + words(b.words); }
  std::string operator()(const StopSignal& b) const { return "stopsignal " + quoted(b.signal); }
  std::string operator()(const Healthcheck& b) const {
    if (b.none) return "healthcheck none";
    return fmt::format("healthcheck{} interval={} timeout={} start-period={} start-interval={} retries={}",
                       command(b.command), b.interval, b.timeout, b.start_period, b.start_interval,
                       b.retries);
  }
  std::string operator()(const OnBuild& b) const { return "onbuild " + quoted(b.trigger); }
};

std::string line_of(const Instruction& instruction) {
  return fmt::format("{}: {}\n", instruction.line, std::visit(Printer{}, instruction.body));
}

}  // namespace

std::string print(const Dockerfile& file) {
  std::string result;
  if (file.escape != '\\') result += fmt::format("escape {}\n", file.escape);
  for (const Instruction& instruction : file.global_args) result += line_of(instruction);
  for (const Stage& stage : file.stages) {
    result += fmt::format("{}: {}\n", stage.line, Printer{}(stage.from));
    for (const Instruction& instruction : stage.instructions) result += "  " + line_of(instruction);
  }
  for (const std::string& warning : file.warnings) result += "warning: " + warning + '\n';
  return result;
}

}  // namespace rundlet::builder::dockerfile
