// What the solver does, told as steps of the Dockerfile.
#pragma once

#include <map>
#include <mutex>
#include <vector>

#include "builder/builder.h"
#include "builder/convert/plan.h"
#include "builder/solve/runner.h"

namespace rundlet::builder {

class StepProgress : public solve::Observer {
 public:
  StepProgress(const convert::Plan& plan, BuildProgress progress);

  void started(const graph::Vertex& vertex) override;
  void output(const graph::Vertex& vertex, std::string_view text, bool is_stderr) override;
  void cached(const graph::Vertex& vertex, const solve::Result& result) override;
  void done(const graph::Vertex& vertex, const solve::Result& result) override;
  // Steps that nothing has been said about: those that only change the configuration.
  void finish();

 private:
  enum class State { silent, started, told };

  BuildEvent event(BuildEvent::Kind kind, size_t step) const;
  void emit_started(size_t step);
  void emit_end(size_t step, BuildEvent::Kind kind, const std::string& id);
  void configuration_before(size_t step);
  void configuration_after(size_t step, bool was_cached, const std::string& id);
  void tell_inputs_cached(const graph::Vertex& vertex);

  const convert::Plan& plan_;
  BuildProgress progress_;
  std::mutex mutex_;
  std::map<const graph::Vertex*, std::vector<size_t>> steps_of_;
  std::vector<State> states_;
};

}  // namespace rundlet::builder
