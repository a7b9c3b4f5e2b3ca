// RUN.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "builder/convert/run_mount.h"
#include "builder/convert/stage.h"
#include "spec/oci_defaults.h"

namespace rundlet::builder::convert {
namespace {

// "RUN <<EOF" and nothing else.
bool is_lone_heredoc(const dockerfile::Run& body) {
  const std::string& text = body.command.words.front();
  return body.heredocs.size() == 1 && text.starts_with("<<") &&
         text.find_first_of(" \t") == std::string::npos;
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) result += (result.empty() ? "" : " ") + word;
  return result;
}

std::string history_text(const std::vector<std::string>& argv, const std::vector<std::string>& args) {
  std::string text = "RUN ";
  if (!args.empty()) text += fmt::format("|{} {} ", args.size(), joined(args));
  return text + joined(argv);
}

}  // namespace

// A lone heredoc is the script itself, for the shell or for the interpreter that it names; otherwise the
// shell gets the line with its heredocs as they stand.
std::vector<std::string> StageBuilder::run_argv(const dockerfile::Run& body, graph::ExecOp& op) const {
  if (body.heredocs.empty()) return in_shell(body.command);
  const dockerfile::Heredoc& first = body.heredocs.front();
  if (is_lone_heredoc(body)) {
    std::string script = first.text();
    if (!script.starts_with("#!")) return in_shell({true, {script}});
    graph::ExecMount mount;
    mount.type = graph::ExecMount::Type::file;
    mount.target = "/dev/pipes/" + first.name;
    mount.read_only = true;
    mount.content = script;
    op.mounts.push_back(mount);
    return {mount.target};
  }
  std::string text = body.command.words.front();
  for (const dockerfile::Heredoc& heredoc : body.heredocs) text += "\n" + heredoc.content + heredoc.name;
  return in_shell({true, {text + "\n"}});
}

// ENV wins over ARG; a PATH is always there.
std::vector<std::string> StageBuilder::run_environment() const {
  std::vector<std::string> environment = state_.config.config.env;
  for (const std::string& entry : state_.args.environment()) {
    if (!find_environment(environment, entry.substr(0, entry.find('=')))) environment.push_back(entry);
  }
  if (!find_environment(environment, "PATH")) environment.push_back(spec::kDefaultPath);
  return environment;
}

std::string StageBuilder::run_network(const dockerfile::Run& body) const {
  std::string network = body.network.empty() ? options_.network : expand(body.network);
  if (network.empty() || network == "bridge") network = "default";
  if (network != "default" && network != "none" && network != "host") {
    throw_invalid(fmt::format("unsupported network mode for RUN: {}", network));
  }
  return network;
}

void StageBuilder::add_run_mounts(const dockerfile::Run& body, graph::ExecOp& op,
                                  std::vector<graph::VertexPtr>& inputs) {
  const std::string directory = op.directory;
  for (const std::string& text : body.mounts) {
    RunMount parsed =
        parse_run_mount(text, directory, [this](std::string_view word) { return expand(word); });
    if (parsed.mount.type == graph::ExecMount::Type::bind) {
      inputs.push_back(parsed.from.empty() ? trees_.context()
                                           : trees_.tree(parsed.from, index_, state_.platform));
      parsed.mount.input = inputs.size() - 1;
    }
    op.mounts.push_back(parsed.mount);
  }
}

void StageBuilder::run(const dockerfile::Run& body) {
  if (!body.security.empty() && body.security != "sandbox") {
    throw_invalid(fmt::format("RUN --security={} is not supported", body.security));
  }
  graph::ExecOp op;
  op.directory = config().working_dir.empty() ? "/" : config().working_dir;
  op.argv = run_argv(body, op);
  op.env = run_environment();
  op.hidden_env = proxy_environment(globals_.given(), state_.args);
  op.user = config().user;
  op.network = run_network(body);
  op.extra_hosts = options_.extra_hosts;
  op.memory = options_.memory;
  op.shm_size = options_.shm_size;
  std::vector<graph::VertexPtr> inputs = {state_.tree};
  add_run_mounts(body, op, inputs);
  std::string created_by = history_text(op.argv, state_.args.environment());
  add_layer(std::move(op), std::move(inputs), created_by);
}

}  // namespace rundlet::builder::convert
