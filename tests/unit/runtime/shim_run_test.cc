#include <sys/socket.h>

#include "base/error.h"
#include "container_fixture.h"

namespace rundlet::runtime {
namespace {

using ShimRun = ContainerTest;

TEST_F(ShimRun, ReportsTheExitCodeAndWritesTheLog) {
  ExitInfo exit = run("echo hello; echo oops >&2; exit 7");
  EXPECT_EQ(exit.status, 7);
  EXPECT_FALSE(exit.oom_killed);
  EXPECT_EQ(log(), "hello\n");
  EXPECT_EQ(log("stderr"), "oops\n");
}

TEST_F(ShimRun, ReportsASignalAs128AndItsNumber) {
  std::unique_ptr<Shim> shim = launch(spec_for("sleep 100"));
  shim->start();
  shim->signal(9);
  EXPECT_EQ(wait_event(*shim, ShimEvent::Kind::exit).exit.status, 137);
  shim->acknowledge_exit();
}

TEST_F(ShimRun, NamesAMissingProgramAsDockerDoes) {
  ShimSpec spec = spec_for("");
  spec.config.process->args = {"nothing-of-the-kind"};
  std::unique_ptr<Shim> shim = launch(spec);
  try {
    shim->start();
    FAIL() << "started";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_EQ(error.message(), "exec: \"nothing-of-the-kind\": executable file not found in $PATH");
  }
}

}  // namespace
}  // namespace rundlet::runtime
