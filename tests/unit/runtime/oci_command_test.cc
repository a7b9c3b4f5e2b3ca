// rundlet-oci and rundlet-init as programs.
#include <signal.h>
#include <unistd.h>

#include "base/codec/json.h"
#include "base/proc/spawn.h"
#include "container_fixture.h"

namespace rundlet::runtime {
namespace {

class OciCommand : public ContainerTest {
 protected:
  void SetUp() override { write_config("sleep 100"); }
  ~OciCommand() override { oci({"delete", "--force", id_}); }

  void write_config(const std::string& script) {
    spec::OciConfig config = spec_for(script).config;
    config.root.path = directory_ + "/rootfs";
    write_file(directory_ + "/bundle/config.json", spec::to_json(config));
  }
  proc::Output oci(std::vector<std::string> arguments, const std::string& input = "") {
    proc::SpawnSpec spawn;
    spawn.argv = {paths().shim.substr(0, paths().shim.rfind('/')) + "/rundlet-oci", "--root",
                  directory_ + "/state"};
    spawn.argv.insert(spawn.argv.end(), arguments.begin(), arguments.end());
    return proc::run(spawn, input);
  }
  // The container would hold a pipe for ever: its output goes nowhere.
  proc::Output create() {
    proc::SpawnSpec spawn;
    Fd null = open_file("/dev/null", 2);
    spawn.fds = {{null.get(), 1}, {null.get(), 2}};
    spawn.argv = {paths().shim.substr(0, paths().shim.rfind('/')) + "/rundlet-oci",
                  "--root",
                  directory_ + "/state",
                  "--log",
                  directory_ + "/oci.log",
                  "--log-format",
                  "json",
                  "create",
                  "--bundle",
                  directory_ + "/bundle",
                  "--pid-file",
                  directory_ + "/pid",
                  id_};
    return proc::run(spawn);
  }
  std::string status() {
    proc::Output output = oci({"state", id_});
    return output.status.code != 0 ? output.err
                                   : json::parse_text(output.out).at("status").get<std::string>();
  }
};

TEST_F(OciCommand, GoesThroughItsLife) {
  ASSERT_EQ(create().status.code, 0);
  EXPECT_EQ(status(), "created");
  EXPECT_GT(std::stoi(read_file(directory_ + "/pid")), 0);
  EXPECT_NE(create().status.code, 0);
  EXPECT_EQ(oci({"start", id_}).status.code, 0);
  EXPECT_EQ(status(), "running");
  EXPECT_NE(oci({"start", id_}).status.code, 0);
  EXPECT_NE(oci({"delete", id_}).status.code, 0);
  EXPECT_EQ(oci({"pause", id_}).status.code, 0);
  EXPECT_EQ(status(), "paused");
  EXPECT_EQ(oci({"resume", id_}).status.code, 0);
  EXPECT_EQ(json::parse_text(oci({"ps", "--format", "json", id_}).out).size(), 1u);
  EXPECT_EQ(oci({"list", "-q"}).out, id_ + "\n");
  EXPECT_EQ(oci({"kill", id_, "KILL"}).status.code, 0);
  for (int i = 0; i < 100 && status() != "stopped"; ++i) usleep(20'000);
  EXPECT_EQ(status(), "stopped");
  EXPECT_EQ(oci({"delete", id_}).status.code, 0);
  EXPECT_NE(status().find("container does not exist"), std::string::npos);
}

TEST_F(OciCommand, ExecPassesOptionsOnAndTheStatusBack) {
  ASSERT_EQ(create().status.code, 0);
  ASSERT_EQ(oci({"start", id_}).status.code, 0);
  proc::Output output =
      oci({"exec", "-e", "A=5", "--cwd", "/tmp", id_, "sh", "-c", "cat; echo $A; pwd; exit 3"}, "in\n");
  EXPECT_EQ(output.out, "in\n5\n/tmp\n");
  EXPECT_EQ(output.status.code, 3);
  output = oci({"exec", id_, "nothing"});
  EXPECT_NE(output.err.find("executable file not found"), std::string::npos) << output.err;
}

TEST_F(OciCommand, RunEndsAsTheContainerDid) {
  write_config("echo from inside; exit 6");
  proc::Output output = oci({"run", "--bundle", directory_ + "/bundle", id_});
  EXPECT_EQ(output.out, "from inside\n");
  EXPECT_EQ(output.status.code, 6);
  EXPECT_EQ(oci({"list", "-q"}).out, "");
}

TEST_F(OciCommand, CreateOfAMissingProgramLeavesNothingAndLogsTheReason) {
  spec::OciConfig config = spec_for("").config;
  config.root.path = directory_ + "/rootfs";
  config.process->args = {"nothing"};
  write_file(directory_ + "/bundle/config.json", spec::to_json(config));
  EXPECT_EQ(create().status.code, 1);
  EXPECT_NE(read_file(directory_ + "/oci.log").find("executable file not found in $PATH"), std::string::npos);
  EXPECT_EQ(oci({"list", "-q"}).out, "");
}

TEST_F(OciCommand, RunsHooksInTheirOrder) {
  spec::OciConfig config = spec_for("echo program >> /shared/order").config;
  config.root.path = directory_ + "/rootfs";
  spec::OciMount shared;
  shared.type = "bind";
  shared.source = directory_;
  shared.destination = "/shared";
  shared.options = {"rbind"};
  config.mounts.push_back(shared);
  auto hook = [&](const std::string& name, const std::string& where) {
    spec::OciHook one;
    one.path = "/bin/sh";
    one.args = {"sh", "-c", "grep -q '\"id\":\"" + id_ + "\"' && echo " + name + " >> " + where + "/order"};
    one.env = {"PATH=/bin:/usr/bin"};
    return std::vector<spec::OciHook>{one};
  };
  config.hooks.create_runtime = hook("createRuntime", directory_);
  config.hooks.create_container = hook("createContainer", directory_);
  config.hooks.start_container = hook("startContainer", "/shared");
  config.hooks.poststart = hook("poststart", directory_);
  config.hooks.poststop = hook("poststop", directory_);
  write_file(directory_ + "/bundle/config.json", spec::to_json(config));
  EXPECT_EQ(oci({"run", "--bundle", directory_ + "/bundle", id_}).status.code, 0);
  std::string order = read_file(directory_ + "/order");
  std::string head = "createRuntime\ncreateContainer\nstartContainer\n";
  EXPECT_TRUE(order == head + "program\npoststart\npoststop\n" ||
              order == head + "poststart\nprogram\npoststop\n")
      << order;
}

TEST_F(OciCommand, AFailingHookStopsTheCreation) {
  spec::OciConfig config = spec_for("true").config;
  config.root.path = directory_ + "/rootfs";
  spec::OciHook hook;
  hook.path = "/bin/sh";
  hook.args = {"sh", "-c", "echo no luck >&2; exit 1"};
  config.hooks.create_runtime = {hook};
  write_file(directory_ + "/bundle/config.json", spec::to_json(config));
  EXPECT_EQ(create().status.code, 1);
  EXPECT_NE(read_file(directory_ + "/oci.log").find("no luck"), std::string::npos);
}

// Wherever create is killed, delete --force leaves nothing.
TEST_F(OciCommand, ACrashInCreateCanBeCleanedUp) {
  for (const char* point : {"oci.after_clone", "oci.after_state"}) {
    ::setenv("RUNDLET_CRASH_AT", point, 1);
    int code = create().status.code;
    ::unsetenv("RUNDLET_CRASH_AT");
    EXPECT_EQ(code, 137) << point;
    EXPECT_EQ(status(), std::string(point) == "oci.after_clone" ? "creating" : "created");
    EXPECT_EQ(oci({"delete", "--force", id_}).status.code, 0);
    EXPECT_EQ(oci({"list", "-q"}).out, "");
    std::string root = cgroup_version() == 1 ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup";
    EXPECT_NE(::access((root + "/rundlet-" + id_).c_str(), F_OK), 0);
  }
}

TEST_F(OciCommand, InitReapsForwardsAndEndsAsTheProgram) {
  ShimSpec spec = spec_for("");
  spec::OciMount init;
  init.type = "bind";
  init.source = paths().init;
  init.destination = "/sbin/docker-init";
  init.options = {"rbind", "ro"};
  spec.config.mounts.push_back(init);
  spec.config.process->args = {
      "/sbin/docker-init", "--", "sh", "-c",
      "trap 'exit 44' TERM; (setsid sh -c 'exit 0' &); echo $$; while :; do sleep 0.02; done"};
  std::unique_ptr<Shim> shim = launch(spec);
  shim->start();
  for (int i = 0; i < 100 && log().empty(); ++i) usleep(20'000);
  EXPECT_EQ(log(), "2\n");
  usleep(200'000);
  EXPECT_EQ(cgroup_processes(spec.config.linux_.cgroups_path).size(), 3u);  // init, sh, sleep: no zombie
  shim->signal(SIGTERM);
  EXPECT_EQ(wait_event(*shim, ShimEvent::Kind::exit).exit.status, 44);
  shim->acknowledge_exit();
}

}  // namespace
}  // namespace rundlet::runtime
