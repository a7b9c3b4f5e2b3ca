// Killing a process at a crash point: RUNDLET_CRASH_AT is read once per process, so what is to crash runs in
// a new one, as a disabled test of the same binary.
#pragma once

#include <string>

#include "base/proc/spawn.h"

namespace rundlet::test {

// Runs the test SUITE.DISABLED_NAME, which finds `path` in $RUNDLET_TEST_PATH; returns the signal that ended
// it.
inline int signal_at_crash_point(const std::string& point, const std::string& test, const std::string& path) {
  proc::SpawnSpec spec{
      .argv = {"/proc/self/exe", "--gtest_filter=" + test, "--gtest_also_run_disabled_tests"},
      .env = {{"RUNDLET_CRASH_AT=" + point, "RUNDLET_TEST_PATH=" + path}},
  };
  return proc::run(std::move(spec)).status.signal;
}

inline std::string crash_test_path() {
  const char* path = std::getenv("RUNDLET_TEST_PATH");
  return path == nullptr ? "" : path;
}

}  // namespace rundlet::test
