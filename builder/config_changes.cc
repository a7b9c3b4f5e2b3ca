#include "builder/config_changes.h"

#include <variant>

#include "base/error.h"
#include "builder/convert/stage.h"
#include "builder/dockerfile/parser.h"

namespace rundlet::builder {
namespace {

using namespace dockerfile;

// A change stands on no other tree.
class NoTrees : public convert::Trees {
 public:
  graph::VertexPtr tree(const std::string&, size_t, const spec::Platform&) override { return nullptr; }
  graph::VertexPtr context() override { return nullptr; }
};

template <class... Kinds>
bool holds(const Body& body) {
  return (std::holds_alternative<Kinds>(body) || ...);
}

void require_configuration(const Instruction& instruction) {
  if (holds<Cmd, Entrypoint, Env, Expose, Healthcheck, Label, OnBuild, Shell, StopSignal, User, Volume,
            Workdir>(instruction.body))
    return;
  throw_invalid(instruction.text.substr(0, instruction.text.find(' ')) + " is not a valid change command");
}

}  // namespace

void apply_changes(spec::ImageRunConfig& config, const std::vector<std::string>& changes) {
  if (changes.empty()) return;
  std::string text = "FROM scratch\n";
  for (const std::string& change : changes) text += change + "\n";
  Dockerfile file = parse(text);
  if (file.stages.size() != 1) throw_invalid("FROM is not a valid change command");
  convert::Options options;
  convert::GlobalArgs globals({}, options.build_args, options.platform, file.escape);
  NoTrees trees;
  convert::StageState start;
  start.platform = options.platform;
  start.config.config = config;
  convert::StageBuilder stage(std::move(start), 0, options, globals, file.escape, trees);
  for (const Instruction& instruction : file.stages[0].instructions) {
    require_configuration(instruction);
    stage.apply(instruction);
  }
  config = stage.state_.config.config;
}

}  // namespace rundlet::builder
