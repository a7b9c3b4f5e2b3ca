#include "builder/convert/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/error.h"
#include "builder/convert/build_args.h"
#include "builder/convert/stage.h"
#include "builder/dockerfile/parser.h"
#include "builder/dockerfile/text.h"

namespace rundlet::builder::convert {
namespace {

// Keeps the graph's depth, and with it every recursion over it, in bounds.
constexpr size_t kMaxInstructions = 4000;

struct ConvertedStage {
  StageState state;
  std::vector<Step> steps;
};

class Converter : public Trees {
 public:
  Converter(const dockerfile::Dockerfile& file, const Options& options, BaseResolver& images)
      : file_(file),
        options_(options),
        images_(images),
        globals_(file.global_args, options.build_args, options.platform, file.escape) {}

  Plan run();
  graph::VertexPtr tree(const std::string& name, size_t stage, const spec::Platform& platform) override;
  graph::VertexPtr context() override;

 private:
  size_t target_stage() const;
  std::optional<size_t> find_stage(const std::string& name, size_t before) const;
  const ConvertedStage& stage(size_t index);
  StageState start_of(size_t index);
  StageState from_image(const std::string& name, const spec::Platform& platform);
  void run_triggers(StageBuilder& builder, int line);
  void add_labels(StageBuilder& builder);
  const BaseImage& image(const std::string& reference, const spec::Platform& platform);
  graph::VertexPtr image_vertex(const BaseImage& base, const spec::Platform& platform);
  std::vector<Step> all_steps();

  const dockerfile::Dockerfile& file_;
  const Options& options_;
  BaseResolver& images_;
  GlobalArgs globals_;
  graph::VertexPtr context_;
  std::map<std::pair<std::string, std::string>, BaseImage> resolved_;  // by reference and platform
  std::map<std::pair<std::string, std::string>, graph::VertexPtr> image_vertices_;
  std::map<size_t, ConvertedStage> stages_;
};

std::optional<size_t> Converter::find_stage(const std::string& name, size_t before) const {
  std::string lower = dockerfile::to_lower(name);
  for (size_t i = before; i-- > 0;) {
    if (!lower.empty() && file_.stages[i].from.stage_name == lower) return i;
  }
  size_t index = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  if (error != std::errc() || end != name.data() + name.size()) return {};
  if (index >= before) {
    throw_invalid(fmt::format("invalid from flag value {}: no earlier build stage of that index", name));
  }
  return index;
}

size_t Converter::target_stage() const {
  if (options_.target.empty()) return file_.stages.size() - 1;
  std::string lower = dockerfile::to_lower(options_.target);
  for (size_t i = 0; i < file_.stages.size(); ++i) {
    if (file_.stages[i].from.stage_name == lower || std::to_string(i) == lower) return i;
  }
  throw_invalid(fmt::format("failed to reach build target {} in Dockerfile", options_.target));
}

const BaseImage& Converter::image(const std::string& reference, const spec::Platform& platform) {
  auto key = std::pair(reference, platform.str());
  auto known = resolved_.find(key);
  if (known == resolved_.end()) known = resolved_.emplace(key, images_.resolve(reference, platform)).first;
  return known->second;
}

graph::VertexPtr Converter::image_vertex(const BaseImage& base, const spec::Platform& platform) {
  if (base.chain.empty()) return nullptr;
  graph::VertexPtr& vertex = image_vertices_[{base.reference, platform.str()}];
  if (!vertex) {
    graph::ImageOp op{base.reference, base.id, base.chain};
    vertex = std::make_shared<graph::Vertex>(graph::Vertex{op, {}, platform, "FROM " + base.reference});
  }
  return vertex;
}

graph::VertexPtr Converter::tree(const std::string& name, size_t before, const spec::Platform& platform) {
  if (auto index = find_stage(name, before)) return stage(*index).state.tree;
  if (name == "scratch") return nullptr;
  return image_vertex(image(name, platform), platform);
}

graph::VertexPtr Converter::context() {
  if (!context_) {
    context_ =
        std::make_shared<graph::Vertex>(graph::Vertex{graph::ContextOp{}, {}, {}, "the build context"});
  }
  return context_;
}

StageState Converter::from_image(const std::string& name, const spec::Platform& platform) {
  StageState state;
  state.platform = platform;
  state.config.platform = platform;
  if (name == "scratch") return state;
  const BaseImage& base = image(name, platform);
  state.base = base;
  state.platform = base.config.platform;
  state.config = base.config;
  state.config.created.reset();
  state.config.diff_ids.clear();
  state.config.history.clear();
  state.tree = image_vertex(base, platform);
  return state;
}

StageState Converter::start_of(size_t index) {
  const dockerfile::From& from = file_.stages[index].from;
  auto variables = globals_.variables();
  std::string name = dockerfile::expand_word(from.image, variables, {file_.escape, false});
  if (name.empty()) throw_invalid(fmt::format("base name ({}) should not be blank", from.image));
  if (auto earlier = find_stage(name, index)) return stage(*earlier).state;
  std::string platform = dockerfile::expand_word(from.platform, variables, {file_.escape, false});
  return from_image(name, platform.empty() ? options_.platform : spec::Platform::parse(platform));
}

void Converter::run_triggers(StageBuilder& builder, int line) {
  std::vector<std::string> triggers;
  std::swap(triggers, builder.state_.config.config.on_build);
  for (const std::string& text : triggers) {
    dockerfile::Instruction trigger = dockerfile::parse_trigger(text);
    trigger.line = line;
    builder.apply(trigger);
  }
}

// --label: as if the Dockerfile ended with a LABEL.
void Converter::add_labels(StageBuilder& builder) {
  if (options_.labels.empty()) return;
  std::string text = "LABEL";
  for (const auto& [name, value] : options_.labels) {
    builder.state_.config.config.labels[name] = value;
    text += fmt::format(" {}={}", name, value);
  }
  builder.state_.history.push_back({text, nullptr});
  builder.add_step(text, nullptr);
}

const ConvertedStage& Converter::stage(size_t index) {
  auto known = stages_.find(index);
  if (known != stages_.end()) return known->second;
  const dockerfile::Stage& source = file_.stages[index];
  StageState start;
  try {
    start = start_of(index);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::invalid_argument || e.message().starts_with("Dockerfile:")) throw;
    throw e.with_context(fmt::format("Dockerfile:{}", source.line));
  }
  bool own_image = start.layers.empty();
  StageBuilder builder(std::move(start), index, options_, globals_, file_.escape, *this);
  builder.add_step(source.text, own_image ? builder.state_.tree : nullptr);
  run_triggers(builder, source.line);
  for (const dockerfile::Instruction& instruction : source.instructions) builder.apply(instruction);
  if (index == target_stage()) add_labels(builder);
  return stages_.emplace(index, ConvertedStage{std::move(builder.state_), std::move(builder.steps_)})
      .first->second;
}

std::vector<Step> Converter::all_steps() {
  std::vector<Step> steps;
  for (auto& [index, converted] : stages_) {
    std::string name = file_.stages[index].from.stage_name;
    if (name.empty()) name = fmt::format("stage-{}", index);
    size_t number = 0;
    for (Step& step : converted.steps) {
      ++number;
      if (stages_.size() > 1)
        step.stage_label = fmt::format("{} {}/{}", name, number, converted.steps.size());
      steps.push_back(step);
    }
  }
  return steps;
}

Plan Converter::run() {
  size_t count = file_.global_args.size();
  for (const dockerfile::Stage& stage : file_.stages) count += 1 + stage.instructions.size();
  if (count > kMaxInstructions) throw_invalid("the Dockerfile has too many instructions");
  const StageState& target = stage(target_stage()).state;
  Plan plan;
  plan.base = target.base;
  plan.layers = target.layers;
  plan.history = target.history;
  plan.config = target.config;
  plan.steps = all_steps();
  plan.warnings = file_.warnings;
  auto unused = unused_args(file_, options_.build_args);
  if (!unused.empty()) {
    plan.warnings.push_back(
        fmt::format("[Warning] One or more build-args [{}] were not consumed", fmt::join(unused, " ")));
  }
  return plan;
}

}  // namespace

Plan convert(const dockerfile::Dockerfile& file, const Options& options, BaseResolver& images) {
  return Converter(file, options, images).run();
}

}  // namespace rundlet::builder::convert
