// The process of a build step: started in a shim that dies with us, its output read until it has ended.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/cancel.h"
#include "builder/builder.h"
#include "builder/ops/output_frames.h"
#include "runtime/client/shim_client.h"

namespace rundlet::builder::ops {

class StepProcess {
 public:
  // Launches; the process does not run yet.
  StepProcess(const runtime::RuntimePaths& paths, const runtime::ShimSpec& spec, OutputFrames::Write write);
  // Kills what still runs and takes it off the network.
  ~StepProcess();
  StepProcess(const StepProcess&) = delete;

  void connect(BuildHost& host);
  // Runs to the end; returns the exit status. When cancelled, kills it, waits, and throws cancelled.
  int run(const Cancel& cancel);

 private:
  void start();
  void wait_for_input(const Cancel& cancel);
  bool read_output();
  void read_events();

  std::string id_;
  Fd output_;
  OutputFrames frames_;
  std::unique_ptr<runtime::Shim> shim_;
  BuildHost* connected_ = nullptr;
  std::optional<runtime::ExitInfo> exit_;
  bool gone_ = false, killed_ = false;
};

}  // namespace rundlet::builder::ops
