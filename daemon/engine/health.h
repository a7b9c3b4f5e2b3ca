// Healthchecks as docker runs them: a probe command every interval, `retries` failures in a row make the container
// unhealthy, failures within the start period do not count. Times are held by the reactor, probes run as execs in the
// container: no thread waits for them.
#pragma once

#include <memory>
#include <string>

#include "daemon/engine/container.h"

namespace rundlet::daemon {

struct Engine;

class HealthMonitor {
 public:
  explicit HealthMonitor(Engine& engine);
  ~HealthMonitor();

  // Starts probing when the container has a healthcheck (status "starting"), or goes on with the state it has when it
  // was adopted.
  void watch(const ContainerPtr& container, bool adopted = false);
  void forget(const std::string& container_id);
  // True when the exec was a probe: its exit is the monitor's alone.
  bool finish_probe(const std::string& container_id, const std::string& exec_id, int exit_code);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rundlet::daemon
