// Cgroups by real runs: v1 where it is mounted, v2 on the unified hierarchy of a hybrid machine (which has no
// controllers) as far as that goes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/random.h"
#include "runtime/cgroup/cgroup_v1.h"
#include "runtime/cgroup/cgroup_v2.h"
#include "runtime/cgroup/device_filter.h"
#include "runtime/cgroup/device_rules.h"
#include "runtime/init/clone.h"

namespace rundlet::runtime {
namespace {

std::string fresh_path() {
  return "/rundlet-test-" + random_hex(6);
}

std::string unified_root() {
  for (const CgroupHierarchy& hierarchy : mounted_hierarchies())
    if (hierarchy.controllers.empty()) return hierarchy.mount_point;
  return "";
}

// A sleeper that goes into the cgroup by itself, as a container's first process does.
pid_t sleeper(const Cgroup::Entrance& entrance) {
  pid_t pid = ::fork();
  if (pid != 0) return pid;
  for (const Fd& tasks : entrance.tasks)
    if (::write(tasks.get(), "0", 1) < 0) ::_exit(1);
  ::pause();
  ::_exit(0);
}

void write_pid(const std::string& directory, pid_t pid) {
  write_file(directory + "/cgroup.procs", std::to_string(pid));
}

TEST(CgroupPath, IsChecked) {
  EXPECT_THROW(Cgroup::open(""), Error);
  EXPECT_THROW(Cgroup::open("/"), Error);
  EXPECT_THROW(Cgroup::open("/a/../b"), Error);
  try {
    Cgroup::open("machine.slice:libpod:id");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unimplemented);
  }
}

TEST(CgroupV1, HoldsFreezesAndKills) {
  if (cgroup_version() != 1) GTEST_SKIP() << "cgroup v1 is not mounted";
  std::string path = fresh_path();
  CgroupV1 cgroup(mounted_hierarchies(), path + "/inner");
  cgroup.create();
  pid_t pid = sleeper(cgroup.entrance(0));
  for (int i = 0; i < 100 && cgroup.processes().empty(); ++i) usleep(10'000);
  EXPECT_EQ(cgroup.processes(), std::vector<pid_t>{pid});
  cgroup.freeze(true);
  EXPECT_TRUE(cgroup.frozen());
  cgroup.freeze(false);
  EXPECT_FALSE(cgroup.frozen());
  EXPECT_THROW(cgroup.remove(), Error);
  cgroup.kill(0);
  EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
  EXPECT_TRUE(cgroup.kill(5000));
  CgroupV1(mounted_hierarchies(), path).remove();
  EXPECT_NE(::access(("/sys/fs/cgroup/memory" + path).c_str(), F_OK), 0);
}

TEST(CgroupV1, RefusesWhatOnlyV2Has) {
  if (cgroup_version() != 1) GTEST_SKIP() << "cgroup v1 is not mounted";
  CgroupV1 cgroup(mounted_hierarchies(), fresh_path());
  spec::OciResources resources;
  resources.unified["memory.high"] = "1";
  EXPECT_THROW(cgroup.apply(resources), Error);
}

TEST(CgroupV2, HoldsFreezesAndKills) {
  std::string root = unified_root();
  if (root.empty()) GTEST_SKIP() << "no unified hierarchy is mounted";
  std::string path = fresh_path();
  CgroupV2 cgroup(root, path);
  cgroup.create();
  pid_t pid = sleeper({});
  write_pid(root + path, pid);
  EXPECT_EQ(cgroup.processes(), std::vector<pid_t>{pid});
  cgroup.freeze(true);
  EXPECT_TRUE(cgroup.frozen());
  cgroup.freeze(false);
  EXPECT_FALSE(cgroup.frozen());
  cgroup.kill(0);
  EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
  EXPECT_TRUE(cgroup.kill(5000));
  cgroup.remove();
  cgroup.remove();
}

TEST(CgroupV2, NamesTheLimitThatTheKernelLacks) {
  std::string root = unified_root();
  if (root.empty() || cgroup_version() == 2) GTEST_SKIP() << "needs a unified hierarchy without controllers";
  CgroupV2 cgroup(root, fresh_path());
  cgroup.create();
  spec::OciResources resources;
  resources.pids = spec::OciPids{5};
  try {
    cgroup.apply(resources);
    ADD_FAILURE() << "applied";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("pids.max"), std::string::npos) << error.message();
  }
  cgroup.remove();
}

// In a child inside the cgroup: 0, or the errno of opening the device for reading.
int open_inside(const std::string& directory, const char* device) {
  int go[2];
  if (::pipe(go) < 0) return -1;
  pid_t pid = ::fork();
  if (pid == 0) {
    char byte;
    if (::read(go[0], &byte, 1) != 1) ::_exit(255);
    int fd = ::open(device, O_RDONLY);
    ::_exit(fd >= 0 ? 0 : errno);
  }
  write_pid(directory, pid);
  if (::write(go[1], "x", 1) != 1) return -1;
  int status = 0;
  ::waitpid(pid, &status, 0);
  ::close(go[0]);
  ::close(go[1]);
  return WEXITSTATUS(status);
}

TEST(CgroupV2, DeviceFilterDecidesByTheLastRuleThatMatches) {
  std::string root = unified_root();
  if (root.empty()) GTEST_SKIP() << "no unified hierarchy is mounted";
  std::string path = fresh_path();
  CgroupV2 cgroup(root, path);
  cgroup.create();
  spec::OciResources resources;
  resources.devices = {{false, "a", {}, {}, "rwm"}, {true, "c", 10, {}, "rwm"}};
  cgroup.apply(resources);
  EXPECT_EQ(open_inside(root + path, "/dev/null"), 0);  // among the defaults
  EXPECT_EQ(open_inside(root + path, "/dev/kmsg"), EPERM);
  resources.devices.push_back({true, "c", 1, 11, "r"});
  cgroup.apply(resources);  // replaces the first one
  EXPECT_EQ(open_inside(root + path, "/dev/kmsg"), 0);
  resources.devices.push_back({false, "c", 1, 11, "r"});
  cgroup.apply(resources);
  EXPECT_EQ(open_inside(root + path, "/dev/kmsg"), EPERM);
  cgroup.remove();
}

TEST(DeviceRules, DefaultsFollowAndAreNotRepeated) {
  EXPECT_TRUE(complete_device_rules({}).empty());
  std::vector<spec::OciDeviceRule> all =
      complete_device_rules({{false, "a", {}, {}, "rwm"}, {true, "c", 1, 3, "rwm"}});
  EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const auto& r) { return r.major == 1 && r.minor == 3; }),
            1);
  EXPECT_EQ(all.size(), 11u);
}

}  // namespace
}  // namespace rundlet::runtime
