#include <unistd.h>

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

TEST_F(ShimRun, RefusesADirectoryAndAFileWithoutTheRight) {
  for (const char* program : {"/etc", "/etc/passwd"}) {
    ShimSpec spec = spec_for("");
    spec.config.process->args = {program};
    try {
      launch(spec)->start();
      FAIL() << program << " started";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::permission_denied) << error.message();
    }
  }
}

TEST_F(ShimRun, RecordsTheExitBeforeTellingIt) {
  ShimSpec spec = spec_for("exit 3");
  std::unique_ptr<Shim> shim = launch(spec);
  shim->start();
  wait_event(*shim, ShimEvent::Kind::exit);
  auto recorded = Shim::read_exit(spec.bundle);
  ASSERT_TRUE(recorded);
  EXPECT_EQ(recorded->status, 3);
  shim->acknowledge_exit();
}

TEST_F(ShimRun, WaitsForStart) {
  std::unique_ptr<Shim> shim = launch(spec_for("echo ran"));
  usleep(50'000);
  EXPECT_EQ(raw_log(), "");
  shim->start();
  wait_event(*shim, ShimEvent::Kind::exit);
  EXPECT_EQ(log(), "ran\n");
  shim->acknowledge_exit();
}

TEST_F(ShimRun, ReportsAFailedMountAtStart) {
  ShimSpec spec = spec_for("true");
  spec::OciMount mount;
  mount.destination = "/x";
  mount.type = "bind";
  mount.source = "/nothing/of/the/kind";
  mount.options = {"rbind"};
  spec.config.mounts.push_back(mount);
  try {
    launch(spec)->start();
    FAIL() << "started";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_NE(error.message().find("/nothing/of/the/kind"), std::string::npos) << error.message();
  }
}

TEST_F(ShimRun, RunsAsTheUserInTheDirectoryWithAHome) {
  ShimSpec spec = spec_for("id; pwd; echo $HOME; touch /proc/1/x 2>/dev/null || echo no");
  spec.config.process->user.uid = 1000;
  spec.config.process->user.gid = 1000;
  spec.config.process->user.additional_gids = {5};
  spec.config.process->cwd = "/made/here";
  EXPECT_EQ(run(spec).status, 0);
  EXPECT_EQ(log(), "uid=1000(user) gid=1000 groups=5\n/made/here\n/home/user\nno\n");
}

TEST_F(ShimRun, LosesNoLineOfABurst) {
  EXPECT_EQ(run("seq 1 50000").status, 0);
  std::string expected;
  for (int i = 1; i <= 50000; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(log(), expected);
}

TEST_F(ShimRun, EndsAlthoughADaemonHoldsItsPipes) {
  ShimSpec spec = spec_for("setsid sleep 1000 & echo done");
  EXPECT_EQ(run(spec).status, 0);
  EXPECT_EQ(log(), "done\n");
}

TEST_F(ShimRun, EndsEverythingWhenThePidNamespaceIsTheHosts) {
  ShimSpec spec = spec_for("setsid sleep 1000 & echo done");
  std::erase_if(spec.config.linux_.namespaces, [](const auto& one) { return one.type == "pid"; });
  EXPECT_EQ(run(spec).status, 0);
  EXPECT_EQ(log(), "done\n");
  EXPECT_TRUE(cgroup_processes(spec.config.linux_.cgroups_path).empty());
}

}  // namespace
}  // namespace rundlet::runtime
