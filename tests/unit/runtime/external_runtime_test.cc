// The shim over Debian's runc.
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "container_fixture.h"

namespace rundlet::runtime {
namespace {

class ExternalRuntimeTest : public ContainerTest {
 protected:
  void SetUp() override {
    if (::access("/usr/sbin/runc", X_OK) != 0) GTEST_SKIP() << "runc is not installed";
  }
  std::unique_ptr<Shim> launch_with_runc(const ShimSpec& spec,
                                         std::vector<std::pair<AttachSpec, Fd>> initial = {}) {
    RuntimePaths with_runc = paths();
    with_runc.external_runtime = "/usr/sbin/runc";
    return Shim::launch(with_runc, spec, std::move(initial));
  }
  void end(Shim& shim, int status) {
    EXPECT_EQ(wait_event(shim, ShimEvent::Kind::exit).exit.status, status);
    shim.acknowledge_exit();
  }
};

TEST_F(ExternalRuntimeTest, RunsLogsAndReportsTheExit) {
  ShimSpec spec = spec_for("echo hello; grep Seccomp: /proc/self/status; exit 7");
  spec.seccomp_file =
      compile_seccomp(default_seccomp(spec.config.process->capabilities->bounding), paths().cache_directory);
  std::unique_ptr<Shim> shim = launch_with_runc(spec);
  EXPECT_TRUE(shim->namespace_fd("network"));
  shim->start();
  end(*shim, 7);
  EXPECT_EQ(log(), "hello\nSeccomp:\t2\n");
}

TEST_F(ExternalRuntimeTest, NamesAMissingProgram) {
  ShimSpec spec = spec_for("");
  spec.config.process->args = {"nothing"};
  try {
    launch_with_runc(spec)->start();
    FAIL() << "started";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found) << error.message();
  }
}

TEST_F(ExternalRuntimeTest, ExecsPausesAndHasATerminal) {
  ShimSpec spec = spec_for("while :; do stty size; sleep 0.05; done");
  spec.config.process->terminal = true;
  std::unique_ptr<Shim> shim = launch_with_runc(spec);
  shim->start();
  shim->resize("", 13, 14);
  for (int i = 0; i < 100 && log().find("13 14") == std::string::npos; ++i) usleep(50'000);
  EXPECT_NE(log().find("13 14"), std::string::npos);
  ExecSpec exec;
  exec.id = "exec-1";
  exec.process = *spec_for("hostname; exit 6").config.process;
  auto [ours, theirs] = make_socket_pair(SOCK_STREAM);
  AttachSpec attach;
  attach.stdout_ = true;
  shim->exec(exec, std::make_pair(attach, std::move(theirs)));
  EXPECT_EQ(read_to_end(ours), "box\n");
  EXPECT_EQ(wait_event(*shim, ShimEvent::Kind::exec_exit).exit.status, 6);
  shim->pause();
  shim->resume();
  shim->kill_all();
  end(*shim, 137);
}

}  // namespace
}  // namespace rundlet::runtime
