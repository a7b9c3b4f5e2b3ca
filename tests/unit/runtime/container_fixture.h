// Real containers from busybox, through Shim::launch, each in a bundle of its own that is gone after the
// test.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "runtime/client/shim_client.h"

namespace rundlet::runtime {

class ContainerTest : public ::testing::Test {
 protected:
  ContainerTest();
  ~ContainerTest() override;

  // A container that runs `script` in sh.
  ShimSpec spec_for(const std::string& script) const;
  RuntimePaths paths() const;
  std::unique_ptr<Shim> launch(const ShimSpec& spec, std::vector<std::pair<AttachSpec, Fd>> initial = {});
  // Launches and starts it, and waits for its end; what it wrote is in log().
  ExitInfo run(const ShimSpec& spec);
  ExitInfo run(const std::string& script) { return run(spec_for(script)); }
  // Waits for an event of this kind; others are passed over.
  ShimEvent wait_event(Shim& shim, ShimEvent::Kind kind, int timeout_ms = 60'000);
  // All log lines of a stream, put together.
  std::string log(const std::string& stream = "stdout") const;
  std::string raw_log() const;
  // Until the end of the stream, or the time is over.
  static std::string read_to_end(const Fd& socket, int timeout_ms = 10'000);
  static std::string read_until(const Fd& socket, const std::string& text, int timeout_ms = 10'000);

  std::string directory_;  // of this test: bundle/, rootfs/, container.log
  std::string id_;
};

}  // namespace rundlet::runtime
