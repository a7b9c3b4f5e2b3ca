// The daemon put together: explicit wiring, in the order in which things need each other.
#pragma once

#include <memory>

#include "daemon/options.h"

namespace rundlet::daemon {

class Daemon {
 public:
  // Opens the state, recovers what an earlier daemon left, and is ready to serve. Throws conflict when another daemon
  // uses the same data-root or exec-root.
  explicit Daemon(const Options& options);
  ~Daemon();

  void serve();  // listens on every host
  // No new requests; those under way end, or are left after 15 seconds: the process must exit then, without destroying
  // this. Containers go on.
  void stop();
  // For a daemon that will not come back: ends its containers, removes its bridge, table and cgroups, and prints their
  // names. Data stays.
  void tear_down();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rundlet::daemon
