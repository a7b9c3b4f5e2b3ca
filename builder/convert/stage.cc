#include "builder/convert/stage.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/fs/rooted_path.h"
#include "builder/dockerfile/shell_word.h"

namespace rundlet::builder::convert {
namespace {

// overlayfs stacks at most 500 directories.
constexpr size_t kMaxLayers = 400;

}  // namespace

void StageBuilder::apply(const dockerfile::Instruction& instruction) {
  current_ = &instruction;
  try {
    std::visit([this](const auto& body) { run(body); }, instruction.body);
  } catch (const Error& e) {
    throw e.with_context(fmt::format("Dockerfile:{}", instruction.line));
  }
  current_ = nullptr;
}

void StageBuilder::add_step(const std::string& name, graph::VertexPtr vertex) {
  steps_.push_back({index_, "", name, std::move(vertex)});
}

void StageBuilder::add_layer(graph::Op op, std::vector<graph::VertexPtr> inputs,
                             const std::string& created_by) {
  if (state_.layers.size() >= kMaxLayers) throw_invalid("max depth exceeded");
  auto vertex = std::make_shared<graph::Vertex>(
      graph::Vertex{std::move(op), std::move(inputs), state_.platform, current_->text});
  state_.tree = vertex;
  state_.layers.push_back(vertex);
  state_.history.push_back({created_by, vertex});
  add_step(current_->text, vertex);
}

void StageBuilder::add_configuration(const std::string& created_by) {
  state_.history.push_back({created_by, nullptr});
  add_step(current_->text, nullptr);
}

std::optional<std::string> StageBuilder::variable(std::string_view name) const {
  if (auto value = find_environment(state_.config.config.env, name)) return value;
  if (auto value = state_.args.get(name)) return value;
  auto given = globals_.given().find(std::string(name));
  return given != globals_.given().end() && is_proxy_arg(name) ? given->second : std::nullopt;
}

std::string StageBuilder::expand(std::string_view word) const {
  return dockerfile::expand_word(word, [this](std::string_view name) { return variable(name); },
                                 {escape_, false});
}

std::vector<std::string> StageBuilder::expand_list(const std::vector<std::string>& words) const {
  std::vector<std::string> result;
  for (const std::string& word : words) result.push_back(expand(word));
  return result;
}

std::string StageBuilder::expand_heredoc(const dockerfile::Heredoc& heredoc) const {
  if (!heredoc.expand) return heredoc.text();
  return dockerfile::expand_word(heredoc.text(), [this](std::string_view name) { return variable(name); },
                                 {escape_, true});
}

std::string StageBuilder::absolute(const std::string& path) const {
  const std::string& directory = state_.config.config.working_dir;
  if (path.starts_with('/')) return fs::clean_path(path);
  return fs::clean_path("/" + directory + "/" + path);
}

std::vector<std::string> StageBuilder::in_shell(const dockerfile::CommandLine& command) const {
  if (!command.shell) return command.words;
  const std::vector<std::string>& shell = state_.config.config.shell;
  std::vector<std::string> argv = shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : shell;
  argv.insert(argv.end(), command.words.begin(), command.words.end());
  return argv;
}

void set_environment(std::vector<std::string>& environment, const std::string& name,
                     const std::string& value) {
  for (std::string& entry : environment) {
    if (!entry.starts_with(name + "=")) continue;
    entry = name + "=" + value;
    return;
  }
  environment.push_back(name + "=" + value);
}

std::optional<std::string> find_environment(const std::vector<std::string>& environment,
                                            std::string_view name) {
  for (const std::string& entry : environment) {
    if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name)) {
      return entry.substr(name.size() + 1);
    }
  }
  return {};
}

std::string show_words(const std::vector<std::string>& words) {
  std::string result;
  for (const std::string& word : words) {
    result += result.empty() ? "\"" : ",\"";
    for (char c : word) {
      if (c == '"' || c == '\\') result += '\\';
      result += c;
    }
    result += '"';
  }
  return "[" + result + "]";
}

}  // namespace rundlet::builder::convert
