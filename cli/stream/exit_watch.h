// Waits for a container's exit beside what else is done with it.
#pragma once

#include <future>
#include <string>
#include <thread>

#include "base/cancel.h"
#include "base/fd.h"
#include "orchestrate/engine/engine_client.h"

namespace rundlet::cli {

class ExitWatch {
 public:
  // Returns when the engine watches, so that no later exit is missed. condition: as for wait_container.
  ExitWatch(orchestrate::EngineClient& engine, const std::string& id, const std::string& condition);
  ~ExitWatch();
  ExitWatch(const ExitWatch&) = delete;
  ExitWatch& operator=(const ExitWatch&) = delete;

  // Readable once the result is there.
  int fd() const { return done_.get(); }
  // Waits. Throws what the call threw.
  spec::docker_api::WaitResult result() { return result_.get(); }

 private:
  Cancel cancel_;
  Fd done_;
  std::promise<void> registered_;
  std::future<spec::docker_api::WaitResult> result_;
  std::jthread thread_;
};

}  // namespace rundlet::cli
