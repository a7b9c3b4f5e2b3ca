// One stage on its way: instructions are applied one after the other to its tree and its configuration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builder/convert/build_args.h"
#include "builder/convert/convert.h"
#include "builder/convert/plan.h"

namespace rundlet::builder::convert {

// The trees that COPY --from and RUN --mount=from name: earlier stages and images.
class Trees {
 public:
  virtual ~Trees() = default;
  // `stage`: only stages before it count. Null is the empty tree.
  virtual graph::VertexPtr tree(const std::string& name, size_t stage, const spec::Platform& platform) = 0;
  virtual graph::VertexPtr context() = 0;
};

// What a stage hands on to those that are FROM it.
struct StageState {
  std::optional<BaseImage> base;
  spec::Platform platform;
  graph::VertexPtr tree;
  std::vector<graph::VertexPtr> layers;
  std::vector<HistoryEntry> history;
  spec::ImageConfig config;
  StageArgs args;
  bool cmd_set = false;  // by this Dockerfile, not by the base image
};

class StageBuilder {
 public:
  StageBuilder(StageState start, size_t index, const Options& options, const GlobalArgs& globals, char escape,
               Trees& trees)
      : state_(std::move(start)),
        index_(index),
        options_(options),
        globals_(globals),
        escape_(escape),
        trees_(trees) {}

  // Errors are prefixed "Dockerfile:LINE: ".
  void apply(const dockerfile::Instruction& instruction);
  void add_step(const std::string& name, graph::VertexPtr vertex);

  StageState state_;
  std::vector<Step> steps_;

 private:
  void run(const dockerfile::From&) {}  // a stage's own FROM is applied by convert
  void run(const dockerfile::Run& body);
  void run(const dockerfile::Copy& body);
  void run(const dockerfile::Env& body);
  void run(const dockerfile::Label& body);
  void run(const dockerfile::Arg& body);
  void run(const dockerfile::Maintainer& body);
  void run(const dockerfile::Expose& body);
  void run(const dockerfile::Volume& body);
  void run(const dockerfile::User& body);
  void run(const dockerfile::Workdir& body);
  void run(const dockerfile::Cmd& body);
  void run(const dockerfile::Entrypoint& body);
  void run(const dockerfile::Shell& body);
  void run(const dockerfile::StopSignal& body);
  void run(const dockerfile::Healthcheck& body);
  void run(const dockerfile::OnBuild& body);

  spec::ImageRunConfig& config() { return state_.config.config; }
  std::string expand(std::string_view word) const;
  std::vector<std::string> expand_list(const std::vector<std::string>& words) const;
  std::string expand_heredoc(const dockerfile::Heredoc& heredoc) const;
  std::optional<std::string> variable(std::string_view name) const;
  std::string absolute(const std::string& path) const;  // from the working directory, cleaned
  std::vector<std::string> in_shell(const dockerfile::CommandLine& command) const;

  std::vector<std::string> run_argv(const dockerfile::Run& body, graph::ExecOp& op) const;
  std::vector<std::string> run_environment() const;
  void add_run_mounts(const dockerfile::Run& body, graph::ExecOp& op, std::vector<graph::VertexPtr>& inputs);
  std::string run_network(const dockerfile::Run& body) const;
  void add_copy_sources(const dockerfile::Copy& body, graph::CopyOp& op,
                        std::vector<graph::VertexPtr>& inputs);
  std::string copy_destination(const dockerfile::Copy& body, size_t sources) const;

  // The current instruction makes a layer, or only changes the configuration.
  void add_layer(graph::Op op, std::vector<graph::VertexPtr> inputs, const std::string& created_by);
  void add_configuration(const std::string& created_by);

  size_t index_;
  const Options& options_;
  const GlobalArgs& globals_;
  char escape_;
  Trees& trees_;
  const dockerfile::Instruction* current_ = nullptr;
};

// Sets NAME in a list of "NAME=value".
void set_environment(std::vector<std::string>& environment, const std::string& name,
                     const std::string& value);
std::optional<std::string> find_environment(const std::vector<std::string>& environment,
                                            std::string_view name);
// ["a","b"], as history shows exec forms.
std::string show_words(const std::vector<std::string>& words);

}  // namespace rundlet::builder::convert
