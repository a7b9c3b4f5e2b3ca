#include "builder/progress.h"

namespace rundlet::builder {
namespace {

std::string short_id(const solve::Result& result) {
  std::string_view key = result.content_key;
  size_t colon = key.rfind(':');  // "image sha256:…"
  if (colon != key.npos) key.remove_prefix(colon + 1);
  return std::string(key.substr(0, 12));
}

}  // namespace

StepProgress::StepProgress(const convert::Plan& plan, BuildProgress progress)
    : plan_(plan), progress_(std::move(progress)), states_(plan.steps.size(), State::silent) {
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    if (plan.steps[i].vertex) steps_of_[plan.steps[i].vertex.get()].push_back(i);
  }
}

BuildEvent StepProgress::event(BuildEvent::Kind kind, size_t step) const {
  BuildEvent result{};
  result.kind = kind;
  result.step = static_cast<int>(step) + 1;
  result.steps = static_cast<int>(plan_.steps.size());
  result.name = plan_.steps[step].name;
  result.stage = plan_.steps[step].stage_label;
  return result;
}

void StepProgress::emit_started(size_t step) {
  if (states_[step] != State::silent) return;
  states_[step] = State::started;
  progress_(event(BuildEvent::Kind::step_started, step));
}

void StepProgress::emit_end(size_t step, BuildEvent::Kind kind, const std::string& id) {
  if (states_[step] == State::told) return;
  emit_started(step);
  states_[step] = State::told;
  BuildEvent end = event(kind, step);
  end.id = id;
  progress_(end);
}

// Steps without a vertex at the head of the stage, a FROM of another stage for one.
void StepProgress::configuration_before(size_t step) {
  size_t first = step;
  while (first > 0 && plan_.steps[first - 1].stage == plan_.steps[step].stage) --first;
  for (size_t i = first; i < step && !plan_.steps[i].vertex; ++i) {
    emit_end(i, BuildEvent::Kind::step_done, "");
  }
}

void StepProgress::configuration_after(size_t step, bool was_cached, const std::string& id) {
  for (size_t i = step + 1; i < plan_.steps.size() && plan_.steps[i].stage == plan_.steps[step].stage; ++i) {
    if (plan_.steps[i].vertex) return;
    emit_end(i, was_cached ? BuildEvent::Kind::step_cached : BuildEvent::Kind::step_done, id);
  }
}

void StepProgress::started(const graph::Vertex& vertex) {
  std::lock_guard lock(mutex_);
  for (size_t step : steps_of_[&vertex]) {
    configuration_before(step);
    emit_started(step);
  }
}

void StepProgress::output(const graph::Vertex& vertex, std::string_view text, bool is_stderr) {
  std::lock_guard lock(mutex_);
  auto steps = steps_of_.find(&vertex);
  if (steps == steps_of_.end() || steps->second.empty()) return;
  BuildEvent out = event(BuildEvent::Kind::step_output, steps->second.front());
  out.text = text;
  out.is_stderr = is_stderr;
  progress_(out);
}

void StepProgress::done(const graph::Vertex& vertex, const solve::Result& result) {
  std::lock_guard lock(mutex_);
  std::string id = short_id(result);
  for (size_t step : steps_of_[&vertex]) {
    emit_end(step, BuildEvent::Kind::step_done, id);
    configuration_after(step, false, id);
  }
}

// What a cached vertex was made from need not even be looked at; to people it is cached as well.
void StepProgress::tell_inputs_cached(const graph::Vertex& vertex) {
  for (const graph::VertexPtr& input : vertex.inputs) {
    if (!input) continue;
    auto steps = steps_of_.find(input.get());
    bool told =
        steps != steps_of_.end() && !steps->second.empty() && states_[steps->second.front()] != State::silent;
    if (told) continue;
    tell_inputs_cached(*input);
    if (steps == steps_of_.end()) continue;
    bool is_image = std::holds_alternative<graph::ImageOp>(input->op);
    for (size_t step : steps->second) {
      configuration_before(step);
      emit_end(step, is_image ? BuildEvent::Kind::step_done : BuildEvent::Kind::step_cached, "");
      configuration_after(step, true, "");
    }
  }
}

void StepProgress::cached(const graph::Vertex& vertex, const solve::Result& result) {
  std::lock_guard lock(mutex_);
  tell_inputs_cached(vertex);
  std::string id = short_id(result);
  for (size_t step : steps_of_[&vertex]) {
    configuration_before(step);
    emit_end(step, BuildEvent::Kind::step_cached, id);
    configuration_after(step, true, id);
  }
}

void StepProgress::finish() {
  std::lock_guard lock(mutex_);
  for (size_t step = 0; step < states_.size(); ++step) {
    emit_end(step, BuildEvent::Kind::step_done, "");
  }
}

}  // namespace rundlet::builder
