// Attach, terminals, execs.
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "container_fixture.h"

namespace rundlet::runtime {
namespace {

struct Attached {
  AttachSpec spec;
  Fd ours, theirs;
};

Attached attachment(bool with_stdin, bool multiplexed) {
  auto [ours, theirs] = make_socket_pair(SOCK_STREAM);
  AttachSpec spec;
  spec.stdin_ = with_stdin;
  spec.stdout_ = spec.stderr_ = true;
  spec.multiplexed = multiplexed;
  return {spec, std::move(ours), std::move(theirs)};
}

class ShimStdio : public ContainerTest {
 protected:
  Fd start_attached(const ShimSpec& spec, Attached client) {
    std::vector<std::pair<AttachSpec, Fd>> initial;
    initial.emplace_back(client.spec, std::move(client.theirs));
    shim_ = launch(spec, std::move(initial));
    shim_->start();
    return std::move(client.ours);
  }
  int exit_status() {
    int status = wait_event(*shim_, ShimEvent::Kind::exit).exit.status;
    shim_->acknowledge_exit();
    return status;
  }
  ExecSpec exec_spec(const std::string& script) {
    ExecSpec exec;
    exec.id = "exec-1";
    exec.process = *spec_for(script).config.process;
    return exec;
  }
  std::unique_ptr<Shim> shim_;
};

TEST_F(ShimStdio, AnInitialClientSeesEverythingAndTheEnd) {
  Fd client = start_attached(spec_for("echo out; echo err >&2"), attachment(false, true));
  std::string all = read_to_end(client);
  std::string out("\1\0\0\0\0\0\0\4out\n", 12), err("\2\0\0\0\0\0\0\4err\n", 12);
  EXPECT_TRUE(all == out + err || all == err + out) << all;
  EXPECT_EQ(exit_status(), 0);
}

TEST_F(ShimStdio, StdinEndsWithTheClientsHalfClose) {
  ShimSpec spec = spec_for("cat; echo ended");
  spec.open_stdin = spec.stdin_once = true;
  Fd client = start_attached(spec, attachment(true, false));
  write_all(client.get(), "to and fro\n");
  ::shutdown(client.get(), SHUT_WR);
  EXPECT_EQ(read_to_end(client), "to and fro\nended\n");
  EXPECT_EQ(exit_status(), 0);
}

TEST_F(ShimStdio, OpenStdinOutlivesItsClients) {
  ShimSpec spec = spec_for("cat");
  spec.open_stdin = true;
  Fd first = start_attached(spec, attachment(true, false));
  write_all(first.get(), "one\n");
  EXPECT_EQ(read_until(first, "one\n"), "one\n");
  first.reset();
  Attached second = attachment(true, false);
  shim_->attach("", second.spec, std::move(second.theirs));
  write_all(second.ours.get(), "two\n");
  EXPECT_EQ(read_until(second.ours, "two\n"), "two\n");
  shim_->kill_all();
  EXPECT_EQ(exit_status(), 137);
  EXPECT_EQ(log(), "one\ntwo\n");
}

TEST_F(ShimStdio, StdinIsNullWithoutAClient) {
  EXPECT_EQ(run("cat; echo ended").status, 0);
  EXPECT_EQ(log(), "ended\n");
}

TEST_F(ShimStdio, LargeInputIsNeitherLostNorReordered) {
  ShimSpec spec = spec_for("sleep 0.2; cat");
  spec.open_stdin = spec.stdin_once = true;
  spec.log.driver = "none";
  Fd client = start_attached(spec, attachment(true, false));
  std::string data;
  for (int i = 0; i < 200'000; ++i) data += std::to_string(i) + "\n";
  pid_t writer = ::fork();
  if (writer == 0) {
    write_all(client.get(), data);
    ::shutdown(client.get(), SHUT_WR);
    ::_exit(0);
  }
  EXPECT_EQ(read_to_end(client), data);
  EXPECT_EQ(exit_status(), 0);
}

TEST_F(ShimStdio, AClientThatDoesNotReadHoldsTheContainerNotTheShim) {
  ShimSpec spec = spec_for("seq 1 1000000; echo finished > /tmp/flag");
  Fd client = start_attached(spec, attachment(false, false));
  usleep(500'000);
  EXPECT_NE(::access((directory_ + "/rootfs/tmp/flag").c_str(), F_OK), 0);  // it is blocked
  EXPECT_NO_THROW(shim_->signal(0));                                        // the shim is not
  client.reset();  // and goes on when the client leaves
  EXPECT_EQ(exit_status(), 0);
  EXPECT_EQ(log().size(), 6888896u);
}

TEST_F(ShimStdio, TerminalHasSizeAndEcho) {
  ShimSpec spec =
      spec_for("test -t 0 && stty size; read line; echo got $line; ls -l /dev/console | grep -c pts || true");
  spec.config.process->terminal = true;
  spec.config.process->console_size = spec::OciConsoleSize{30, 99};
  Fd client = start_attached(spec, attachment(true, false));
  EXPECT_NE(read_until(client, "30 99\r\n").find("30 99\r\n"), std::string::npos);
  write_all(client.get(), "word\r");
  EXPECT_NE(read_to_end(client).find("got word\r\n"), std::string::npos);
  EXPECT_EQ(exit_status(), 0);
}

TEST_F(ShimStdio, ResizesTheTerminal) {
  ShimSpec spec = spec_for("trap 'stty size; exit 5' WINCH; echo waiting; while :; do sleep 0.05; done");
  spec.config.process->terminal = true;
  Fd client = start_attached(spec, attachment(true, false));
  read_until(client, "waiting");
  shim_->resize("", 11, 22);
  EXPECT_NE(read_to_end(client).find("11 22\r\n"), std::string::npos);
  EXPECT_EQ(exit_status(), 5);
}

TEST_F(ShimStdio, DetachKeysCloseOnlyThatClient) {
  ShimSpec spec = spec_for("cat");
  spec.open_stdin = true;
  spec.config.process->terminal = true;
  Attached keyed = attachment(true, false);
  keyed.spec.detach_keys = "\x10\x11";
  Fd client = start_attached(spec, std::move(keyed));
  Attached other = attachment(false, false);
  shim_->attach("", other.spec, std::move(other.theirs));
  write_all(client.get(), "a\x10\x11");
  EXPECT_EQ(read_to_end(client).find('\x10'), std::string::npos);
  EXPECT_EQ(read_until(other.ours, "a"), "a");
  shim_->kill_all();
  EXPECT_EQ(exit_status(), 137);
}

TEST_F(ShimStdio, ExecRunsInsideAndReportsItsExit) {
  shim_ = launch(spec_for("sleep 100"));
  shim_->start();
  Attached client = attachment(false, true);
  ExecSpec exec = exec_spec("hostname; grep CapEff /proc/self/status; ls /proc/1/exe >/dev/null; exit 4");
  int pid = shim_->exec(exec, std::make_pair(client.spec, std::move(client.theirs)));
  EXPECT_GT(pid, 0);
  EXPECT_NE(read_to_end(client.ours).find("box\n"), std::string::npos);
  ShimEvent event = wait_event(*shim_, ShimEvent::Kind::exec_exit);
  EXPECT_EQ(event.exec_id, "exec-1");
  EXPECT_EQ(event.exit.status, 4);
  EXPECT_EQ(log(), "");
  shim_->kill_all();
  EXPECT_EQ(exit_status(), 137);
}

TEST_F(ShimStdio, ExecIsInTheCgroupAndHasATerminal) {
  ShimSpec spec = spec_for("sleep 100");
  shim_ = launch(spec);
  shim_->start();
  Attached client = attachment(true, false);
  ExecSpec exec = exec_spec(
      "stty size; grep -c rundlet- /proc/self/cgroup; cat /proc/self/cgroup; echo waiting; read x; echo bye "
      "$x");
  exec.process.terminal = true;
  exec.process.console_size = spec::OciConsoleSize{7, 8};
  exec.open_stdin = true;
  shim_->exec(exec, std::make_pair(client.spec, std::move(client.theirs)));
  EXPECT_NE(read_until(client.ours, "waiting").find("7 8"), std::string::npos);
  EXPECT_EQ(cgroup_processes(spec.config.linux_.cgroups_path).size(), 2u);
  write_all(client.ours.get(), "now\r");
  EXPECT_NE(read_to_end(client.ours).find("bye now\r\n"), std::string::npos);
  wait_event(*shim_, ShimEvent::Kind::exec_exit);
  shim_->kill_all();
  EXPECT_EQ(exit_status(), 137);
}

TEST_F(ShimStdio, ExecOfAMissingProgramThrows) {
  shim_ = launch(spec_for("sleep 100"));
  shim_->start();
  ExecSpec exec = exec_spec("");
  exec.process.args = {"nothing"};
  try {
    shim_->exec(exec, std::nullopt);
    ADD_FAILURE() << "ran";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
  }
  shim_->kill_all();
  EXPECT_EQ(exit_status(), 137);
}

TEST_F(ShimStdio, ExecBeforeTheStartIsRefused) {
  shim_ = launch(spec_for("sleep 100"));
  try {
    shim_->exec(exec_spec("true"), std::nullopt);
    ADD_FAILURE() << "ran";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::failed_precondition);
  }
}

TEST_F(ShimStdio, ExecWaitsForItsAttachment) {
  shim_ = launch(spec_for("sleep 100"));
  shim_->start();
  ExecSpec exec = exec_spec("echo seen");
  exec.wait_for_attach = true;
  pid_t attacher = ::fork();
  if (attacher == 0) {
    usleep(100'000);
    Attached client = attachment(false, false);
    shim_->attach("exec-1", client.spec, std::move(client.theirs));
    ::_exit(read_to_end(client.ours) == "seen\n" ? 0 : 1);
  }
  shim_->exec(exec, std::nullopt);
  int status = 0;
  ::waitpid(attacher, &status, 0);
  EXPECT_EQ(status, 0);
  shim_->kill_all();
  EXPECT_EQ(exit_status(), 137);
}

TEST_F(ShimStdio, ExecSignalsAndDaemonisedChildrenAreReaped) {
  shim_ = launch(spec_for("sleep 100"));
  shim_->start();
  ExecSpec exec = exec_spec("setsid sleep 0.1 & sleep 100");
  shim_->exec(exec, std::nullopt);
  shim_->exec_signal("exec-1", SIGKILL);
  EXPECT_EQ(wait_event(*shim_, ShimEvent::Kind::exec_exit).exit.status, 137);
  EXPECT_THROW(shim_->exec_signal("exec-1", SIGKILL), Error);
  shim_->kill_all();
  EXPECT_EQ(exit_status(), 137);
}

}  // namespace
}  // namespace rundlet::runtime
