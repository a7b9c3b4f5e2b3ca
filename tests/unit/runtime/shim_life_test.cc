// Limits, adoption, death.
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "base/error.h"
#include "container_fixture.h"

namespace rundlet::runtime {
namespace {

using ShimLife = ContainerTest;

// A zombie is dead, whoever is to reap it.
bool alive(int pid) {
  try {
    std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
    return stat.substr(stat.rfind(')') + 2, 1) != "Z";
  } catch (const Error& error) {
    if (error.errno_value() == ENOENT || error.errno_value() == ESRCH) return false;
    throw;
  }
}

// Launches and starts in a process that is then killed, as a daemon would be.
void launch_and_die(const std::function<void()>& body) {
  pid_t daemon = ::fork();
  if (daemon == 0) {
    body();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(daemon, &status, 0);
  ASSERT_EQ(WTERMSIG(status), SIGKILL);
}

void wait_gone(int pid) {
  for (int i = 0; i < 200 && alive(pid); ++i) usleep(20'000);
  EXPECT_FALSE(alive(pid));
}

TEST_F(ShimLife, MemoryLimitKillsAndIsReported) {
  ShimSpec spec = spec_for("dd if=/dev/zero of=/dev/null bs=100M count=1");
  spec.config.linux_.resources->memory = spec::OciMemory{};
  spec.config.linux_.resources->memory->limit = 16 << 20;
  spec.config.linux_.resources->memory->swap = 16 << 20;
  std::unique_ptr<Shim> shim = launch(spec);
  shim->start();
  wait_event(*shim, ShimEvent::Kind::oom);
  ExitInfo exit = wait_event(*shim, ShimEvent::Kind::exit).exit;
  EXPECT_EQ(exit.status, 137);
  EXPECT_TRUE(exit.oom_killed);
  shim->acknowledge_exit();
}

TEST_F(ShimLife, PidsLimitStopsForks) {
  ShimSpec spec = spec_for("sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait");
  spec.config.linux_.resources->pids = spec::OciPids{3};
  EXPECT_NE(run(spec).status, 0);
  EXPECT_NE(log("stderr").find("can't fork"), std::string::npos) << log("stderr");
}

TEST_F(ShimLife, LimitsAreWrittenAndUpdated) {
  ShimSpec spec = spec_for("sleep 100");
  spec.config.linux_.resources->cpu = spec::OciCpu{};
  spec.config.linux_.resources->cpu->shares = 512;
  spec.config.linux_.resources->cpu->quota = 50000;
  std::unique_ptr<Shim> shim = launch(spec);
  shim->start();
  if (cgroup_version() == 1) {
    std::string cpu = "/sys/fs/cgroup/cpu" + spec.config.linux_.cgroups_path;
    EXPECT_EQ(read_file(cpu + "/cpu.shares"), "512\n");
    EXPECT_EQ(read_file(cpu + "/cpu.cfs_quota_us"), "50000\n");
    spec::OciResources update;
    update.pids = spec::OciPids{77};
    shim->update(update);
    EXPECT_EQ(read_file("/sys/fs/cgroup/pids" + spec.config.linux_.cgroups_path + "/pids.max"), "77\n");
  }
  shim->kill_all();
  wait_event(*shim, ShimEvent::Kind::exit);
  shim->acknowledge_exit();
}

TEST_F(ShimLife, PausesAndResumes) {
  std::unique_ptr<Shim> shim = launch(spec_for("while :; do echo tick; sleep 0.02; done"));
  shim->start();
  usleep(100'000);
  shim->pause();
  usleep(50'000);
  std::string before = raw_log();
  usleep(150'000);
  EXPECT_EQ(raw_log(), before);
  shim->resume();
  usleep(150'000);
  EXPECT_GT(raw_log().size(), before.size());
  shim->pause();
  shim->kill_all();  // thaws what it kills
  EXPECT_EQ(wait_event(*shim, ShimEvent::Kind::exit).exit.status, 137);
  shim->acknowledge_exit();
}

TEST_F(ShimLife, OutlivesTheDaemonAndIsAdopted) {
  ShimSpec spec =
      spec_for("i=0; while [ $i -lt 60 ]; do echo line $i; i=$((i+1)); sleep 0.01; done; sleep 100");
  launch_and_die([&] { launch(spec)->start(); });
  std::unique_ptr<Shim> shim = Shim::adopt(spec.bundle);
  ASSERT_TRUE(shim);
  EXPECT_TRUE(alive(shim->pid()));
  EXPECT_TRUE(shim->namespace_fd("network"));
  for (int i = 0; i < 100 && log().find("line 59\n") == std::string::npos; ++i) usleep(50'000);
  std::string expected;
  for (int i = 0; i < 60; ++i) expected += "line " + std::to_string(i) + "\n";
  EXPECT_EQ(log(), expected);
  shim->signal(SIGKILL);
  EXPECT_EQ(wait_event(*shim, ShimEvent::Kind::exit).exit.status, 137);
  int shim_pid = shim->shim_pid();
  shim->acknowledge_exit();
  wait_gone(shim_pid);
  EXPECT_FALSE(Shim::adopt(spec.bundle));
}

TEST_F(ShimLife, AnExitWithoutADaemonIsRecorded) {
  ShimSpec spec = spec_for("sleep 0.2; exit 9");
  int shim_pid_file[2];
  ASSERT_EQ(::pipe(shim_pid_file), 0);
  launch_and_die([&] {
    auto shim = launch(spec);
    shim->start();
    int pid = shim->shim_pid();
    [[maybe_unused]] ssize_t written = ::write(shim_pid_file[1], &pid, sizeof pid);
  });
  int shim_pid = 0;
  ASSERT_EQ(::read(shim_pid_file[0], &shim_pid, sizeof shim_pid), static_cast<ssize_t>(sizeof shim_pid));
  ::close(shim_pid_file[0]);
  ::close(shim_pid_file[1]);
  wait_gone(shim_pid);
  EXPECT_FALSE(Shim::adopt(spec.bundle));
  ASSERT_TRUE(Shim::read_exit(spec.bundle));
  EXPECT_EQ(Shim::read_exit(spec.bundle)->status, 9);
}

TEST_F(ShimLife, ANewAdoptionTakesOverAndIsToldTheExit) {
  ShimSpec spec = spec_for("exit 6");
  std::unique_ptr<Shim> first = launch(spec);
  first->start();
  EXPECT_EQ(wait_event(*first, ShimEvent::Kind::exit).exit.status, 6);
  std::unique_ptr<Shim> second = Shim::adopt(spec.bundle);
  ASSERT_TRUE(second);
  EXPECT_EQ(wait_event(*second, ShimEvent::Kind::exit).exit.status, 6);
  EXPECT_EQ(wait_event(*first, ShimEvent::Kind::gone).kind, ShimEvent::Kind::gone);
  second->acknowledge_exit();
}

TEST_F(ShimLife, HoldsDescriptorsForTheNextDaemon) {
  ShimSpec spec = spec_for("sleep 100");
  std::unique_ptr<Shim> first = launch(spec);
  first->start();
  Pipe pipe = make_pipe();
  first->hold("dns", std::move(pipe.write));
  std::unique_ptr<Shim> second = Shim::adopt(spec.bundle);
  std::optional<Fd> held = second->held("dns");
  ASSERT_TRUE(held);
  write_all(held->get(), "x");
  EXPECT_EQ(read_until(pipe.read, "x"), "x");
  held.reset();
  second->let_go("dns");
  EXPECT_EQ(read_to_end(pipe.read, 2000), "");
  EXPECT_FALSE(second->held("dns"));
  second->kill_all();
  wait_event(*second, ShimEvent::Kind::exit);
  second->acknowledge_exit();
}

TEST_F(ShimLife, NotStartedAndLeftAloneItEnds) {
  ShimSpec spec = spec_for("sleep 100");
  std::unique_ptr<Shim> shim = launch(spec);
  int pid = shim->pid(), shim_pid = shim->shim_pid();
  shim.reset();
  wait_gone(pid);
  wait_gone(shim_pid);
  EXPECT_TRUE(cgroup_processes(spec.config.linux_.cgroups_path).empty());
}

TEST_F(ShimLife, EphemeralDiesWithItsConnection) {
  ShimSpec spec = spec_for("sleep 100");
  spec.ephemeral = true;
  std::unique_ptr<Shim> shim = launch(spec);
  shim->start();
  int pid = shim->pid(), shim_pid = shim->shim_pid();
  shim.reset();
  wait_gone(pid);
  wait_gone(shim_pid);
}

TEST_F(ShimLife, AContainerOfADeadShimIsKilledByItsCgroup) {
  ShimSpec spec = spec_for("setsid sleep 100 & sleep 100");
  std::unique_ptr<Shim> shim = launch(spec);
  shim->start();
  int pid = shim->pid();
  ::kill(shim->shim_pid(), SIGKILL);
  EXPECT_EQ(wait_event(*shim, ShimEvent::Kind::gone).kind, ShimEvent::Kind::gone);
  EXPECT_FALSE(shim->next_event());
  EXPECT_THROW(shim->signal(SIGTERM), Error);
  EXPECT_FALSE(Shim::adopt(spec.bundle));
  EXPECT_FALSE(Shim::read_exit(spec.bundle));
  EXPECT_TRUE(alive(pid));
  EXPECT_TRUE(kill_cgroup(spec.config.linux_.cgroups_path, 5000));
  remove_cgroup(spec.config.linux_.cgroups_path);
  remove_cgroup(spec.config.linux_.cgroups_path);
}

TEST_F(ShimLife, RemovesItsCgroupBeforeItTellsTheExit) {
  ShimSpec spec = spec_for("true");
  std::unique_ptr<Shim> shim = launch(spec);
  shim->start();
  wait_event(*shim, ShimEvent::Kind::exit);
  std::string root = cgroup_version() == 1 ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
  EXPECT_NE(::access((root + spec.config.linux_.cgroups_path).c_str(), F_OK), 0);
  shim->acknowledge_exit();
}

class ShimCrash : public ContainerTest, public ::testing::WithParamInterface<const char*> {};

// Wherever the shim is killed, a daemon finds out and can clean up.
TEST_P(ShimCrash, IsNoticedAtEveryStep) {
  ShimSpec spec = spec_for("exit 5");
  ::setenv("RUNDLET_CRASH_AT", GetParam(), 1);
  bool failed = false;
  int status = -1;
  try {
    std::unique_ptr<Shim> shim = launch(spec);
    ::unsetenv("RUNDLET_CRASH_AT");
    shim->start();
    status = wait_event(*shim, ShimEvent::Kind::exit).exit.status;
  } catch (const Error&) {
    failed = true;
  }
  ::unsetenv("RUNDLET_CRASH_AT");
  EXPECT_TRUE(failed) << "the shim passed " << GetParam() << " with status " << status;
  EXPECT_FALSE(Shim::adopt(spec.bundle));
  EXPECT_TRUE(kill_cgroup(spec.config.linux_.cgroups_path, 5000));
  remove_cgroup(spec.config.linux_.cgroups_path);
  bool recorded = std::string(GetParam()) == "shim.after_exit_record";
  EXPECT_EQ(Shim::read_exit(spec.bundle).has_value(), recorded);
}

INSTANTIATE_TEST_SUITE_P(Points, ShimCrash,
                         ::testing::Values("shim.after_clone", "shim.before_state", "shim.after_state",
                                           "shim.before_exit_record", "shim.after_exit_record"));

}  // namespace
}  // namespace rundlet::runtime
