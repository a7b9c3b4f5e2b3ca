// What a container may see and do.
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "container_fixture.h"

namespace rundlet::runtime {
namespace {

using ShimIsolation = ContainerTest;

spec::OciMount bind(const std::string& source, const std::string& destination,
                    std::vector<std::string> options) {
  spec::OciMount mount;
  mount.source = source;
  mount.destination = destination;
  mount.type = "bind";
  mount.options = std::move(options);
  return mount;
}

TEST_F(ShimIsolation, HasNamespacesOfItsOwn) {
  EXPECT_EQ(
      run("echo $$; hostname; ls /proc | grep -c '^[0-9]*$'; cat /proc/self/cgroup | grep -v ':/$'").status,
      1);
  std::string out = log();
  EXPECT_EQ(out.substr(0, 6), "1\nbox\n") << out;
}

TEST_F(ShimIsolation, HidesTheHostsTree) {
  run("ls /; grep -c . /proc/mounts; for l in fd stdin ptmx; do readlink /dev/$l; done; ls /dev");
  std::string out = log();
  EXPECT_EQ(out.find("work"), std::string::npos) << out;
  EXPECT_NE(out.find("/proc/self/fd\n/proc/self/fd/0\npts/ptmx\n"), std::string::npos) << out;
  for (const char* node : {"null", "zero", "full", "random", "urandom", "tty", "shm", "mqueue", "pts"})
    EXPECT_NE(out.find(std::string(node) + "\n"), std::string::npos) << node;
}

TEST_F(ShimIsolation, MasksAndProtectsPaths) {
  run("head -c 1 /proc/kcore | wc -c; ls /sys/firmware | wc -l; echo x > /proc/sys/kernel/hostname || echo "
      "protected; "
      "echo x > /sys/x || echo protected");
  EXPECT_EQ(log(), "0\n0\nprotected\nprotected\n");
}

TEST_F(ShimIsolation, DropsCapabilities) {
  run("grep -E 'Cap(Eff|Bnd|Amb)' /proc/self/status; hostname other || echo refused; mount -t tmpfs x /tmp "
      "|| echo refused");
  EXPECT_EQ(
      log(),
      "CapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\nCapAmb:\t0000000000000000\nrefused\nrefused\n");
}

TEST_F(ShimIsolation, ASecondUserHasNoCapabilities) {
  ShimSpec spec = spec_for("grep CapEff /proc/self/status; cat /etc/secret || echo refused");
  write_file(directory_ + "/rootfs/etc/secret", "x");
  ::chmod((directory_ + "/rootfs/etc/secret").c_str(), 0600);
  spec.config.process->user.uid = 1000;
  run(spec);
  EXPECT_EQ(log(), "CapEff:\t0000000000000000\nrefused\n");
}

TEST_F(ShimIsolation, LoadsTheDefaultSeccompProfile) {
  for (bool no_new_privileges : {false, true}) {
    ShimSpec spec =
        spec_for("grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status; unshare -U true || echo refused");
    spec.config.process->no_new_privileges = no_new_privileges;
    spec.seccomp_file = compile_seccomp(default_seccomp(spec.config.process->capabilities->bounding),
                                        paths().cache_directory);
    ::unlink((directory_ + "/container.log").c_str());
    run(spec);
    EXPECT_EQ(log(),
              std::string("NoNewPrivs:\t") + (no_new_privileges ? "1" : "0") + "\nSeccomp:\t2\nrefused\n");
  }
}

TEST_F(ShimIsolation, SeccompDeniesWhatTheProfileDenies) {
  spec::OciSeccomp profile;
  profile.default_action = "SCMP_ACT_ALLOW";
  profile.architectures = {"SCMP_ARCH_X86_64"};
  profile.syscalls = {{{"mkdir", "mkdirat", "no_such_call"}, "SCMP_ACT_ERRNO", 38, {}}};
  ShimSpec spec = spec_for("mkdir /tmp/x");
  spec.config.linux_.seccomp = profile;
  EXPECT_EQ(run(spec).status, 1);
  EXPECT_EQ(log("stderr"), "mkdir: can't create directory '/tmp/x': Function not implemented\n");
}

TEST_F(ShimIsolation, ReadOnlyRootLeavesMountsWritable) {
  ShimSpec spec = spec_for("touch /x || echo refused; touch /dev/shm/x && echo written");
  spec.config.root.readonly = true;
  run(spec);
  EXPECT_EQ(log(), "refused\nwritten\n");
}

TEST_F(ShimIsolation, DevicesAreLimited) {
  // 8:0 is the first disk: it may be made (CAP_MKNOD) and not opened.
  run("mknod /tmp/disk b 8 0 && echo made; head -c 1 /tmp/disk || echo refused; head -c 1 /dev/zero | wc -c");
  EXPECT_EQ(log(), "made\nrefused\n1\n");
}

TEST_F(ShimIsolation, KeepsOnlyItsDescriptors) {
  run("ls /proc/self/fd | wc -l");
  EXPECT_EQ(log(), "4\n");  // stdio and the one that reads the directory
}

TEST_F(ShimIsolation, BindMountsHonourReadOnlyAndFiles) {
  write_file(directory_ + "/note", "from outside\n");
  ShimSpec spec =
      spec_for("cat /etc/deep/note; echo x > /etc/deep/note || echo refused; touch /data/y && echo written");
  spec.config.mounts.push_back(bind(directory_ + "/note", "/etc/deep/note", {"rbind", "ro", "rprivate"}));
  spec.config.mounts.push_back(bind(directory_, "/data", {"rbind", "rprivate"}));
  run(spec);
  EXPECT_EQ(log(), "from outside\nrefused\nwritten\n");
  EXPECT_EQ(::access((directory_ + "/y").c_str(), F_OK), 0);
}

TEST_F(ShimIsolation, ASymlinkedDestinationStaysInside) {
  // The image says that /trap is the host's /tmp: the mount must land in the image's own /tmp.
  ASSERT_EQ(::symlink("../../../../../../../../tmp", (directory_ + "/rootfs/trap").c_str()), 0);
  write_file(directory_ + "/note", "inside\n");
  ShimSpec spec = spec_for("cat /tmp/" + id_ + "/note; ls /tmp");
  spec.config.mounts.push_back(bind(directory_ + "/note", "/trap/" + id_ + "/note", {"rbind"}));
  run(spec);
  EXPECT_EQ(log(), "inside\n" + id_ + "\n");
  EXPECT_NE(::access(("/tmp/" + id_).c_str(), F_OK), 0);
}

TEST_F(ShimIsolation, MaskedSymlinksAreMaskedWhereTheyLead) {
  ASSERT_EQ(::symlink("/etc/passwd", (directory_ + "/rootfs/hidden").c_str()), 0);
  ShimSpec spec = spec_for("cat /etc/passwd | wc -c");
  spec.config.linux_.masked_paths = {"/hidden", "/not/there"};
  run(spec);
  EXPECT_EQ(log(), "0\n");
}

TEST_F(ShimIsolation, OverlayOfMoreLayersThanOnePageOfOptionsHolds) {
  ShimSpec spec = spec_for("ls /layers | wc -l; touch /written; ls /layers/150");
  std::string lower = directory_ + "/rootfs";
  for (int i = 0; i < 200; ++i) {
    std::string layer = directory_ + "/" + std::string(60, 'x') + std::to_string(i);
    fs::make_directories(layer + "/layers");
    write_file(layer + "/layers/" + std::to_string(i), "");
    lower += ":" + layer;
  }
  fs::make_directories(directory_ + "/upper");
  fs::make_directories(directory_ + "/work");
  spec.rootfs = {
      {"",
       "overlay",
       "overlay",
       {"lowerdir=" + lower, "upperdir=" + directory_ + "/upper", "workdir=" + directory_ + "/work"}}};
  EXPECT_EQ(run(spec).status, 0) << log("stderr");
  EXPECT_EQ(log(), "200\n/layers/150\n");
  EXPECT_EQ(::access((directory_ + "/upper/written").c_str(), F_OK), 0);
}

TEST_F(ShimIsolation, ATmpfsMayStartWithWhatItCovers) {
  fs::make_directories(directory_ + "/rootfs/data/deep");
  write_file(directory_ + "/rootfs/data/deep/file", "kept\n");
  ASSERT_EQ(::symlink("deep/file", (directory_ + "/rootfs/data/link").c_str()), 0);
  ASSERT_EQ(::chown((directory_ + "/rootfs/data/deep").c_str(), 1000, 1000), 0);
  ShimSpec spec =
      spec_for("cat /data/link; stat -c %u /data/deep; echo x > /data/deep/file; mount | grep -c ' /data '");
  spec::OciMount mount;
  mount.destination = "/data";
  mount.type = "tmpfs";
  mount.source = "tmpfs";
  mount.options = {"tmpcopyup", "size=1m"};
  spec.config.mounts.push_back(mount);
  run(spec);
  EXPECT_EQ(log(), "kept\n1000\n1\n");
  EXPECT_EQ(read_file(directory_ + "/rootfs/data/deep/file"), "kept\n");
}

TEST_F(ShimIsolation, RecursiveReadOnlyReachesSubmounts) {
  fs::make_directories(directory_ + "/volume/inner");
  ASSERT_EQ(::mount("tmpfs", (directory_ + "/volume/inner").c_str(), "tmpfs", 0, nullptr), 0);
  ShimSpec spec = spec_for("touch /a/inner/x && echo written; touch /b/inner/x || echo refused");
  spec.config.mounts.push_back(bind(directory_ + "/volume", "/a", {"rbind", "ro"}));
  spec.config.mounts.push_back(bind(directory_ + "/volume", "/b", {"rbind", "rro"}));
  run(spec);
  ::umount2((directory_ + "/volume/inner").c_str(), MNT_DETACH);
  EXPECT_EQ(log(), "written\nrefused\n");
}

TEST_F(ShimIsolation, SetsSysctlsOfItsOwnNamespaces) {
  ShimSpec spec = spec_for("cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax");
  spec.config.linux_.sysctl["kernel.msgmax"] = "4711";
  run(spec);
  EXPECT_EQ(log(), "0\n4711\n");
}

TEST_F(ShimIsolation, RefusesASysctlOfTheMachine) {
  ShimSpec spec = spec_for("true");
  spec.config.linux_.sysctl["vm.swappiness"] = "1";
  EXPECT_THROW(launch(spec)->start(), Error);
}

TEST_F(ShimIsolation, LoopbackIsUpWhenNobodyWiresTheNetwork) {
  run("ifconfig lo | grep -c UP");
  EXPECT_EQ(log(), "1\n");
}

TEST_F(ShimIsolation, UserNamespaceMapsIds) {
  ShimSpec spec = spec_for(
      "id -u; cat /proc/self/uid_map | tr -s ' '; echo x > /dev/null && echo device; touch /tmp/x; ls -ln "
      "/tmp/x | tr -s ' '");
  ASSERT_EQ(::chown((directory_ + "/rootfs/tmp").c_str(), 100000, 100000), 0);
  ::chmod("/tmp", 01777);
  ::chmod(directory_.c_str(), 0755);
  spec.config.linux_.namespaces.push_back({"user", ""});
  spec.config.linux_.sysctl.erase("net.ipv4.ping_group_range");  // names groups that are not mapped
  spec.config.linux_.uid_mappings = spec.config.linux_.gid_mappings = {{0, 100000, 65536}};
  EXPECT_EQ(run(spec).status, 0) << log("stderr");
  std::string out = log();
  EXPECT_EQ(out.substr(0, 26), "0\n 0 100000 65536\ndevice\n-") << out;
  struct stat status;
  ASSERT_EQ(::stat((directory_ + "/rootfs/tmp/x").c_str(), &status), 0);
  EXPECT_EQ(status.st_uid, 100000u);
}

TEST_F(ShimIsolation, UserNamespaceWithTheHostsNetworkSeesTheHostsSys) {
  ShimSpec spec = spec_for("ls /sys/class/net | grep -c lo; touch /sys/x || echo refused");
  ::chmod(directory_.c_str(), 0755);
  std::erase_if(spec.config.linux_.namespaces, [](const auto& one) { return one.type == "network"; });
  spec.config.linux_.namespaces.push_back({"user", ""});
  spec.config.linux_.uid_mappings = spec.config.linux_.gid_mappings = {{0, 100000, 65536}};
  spec.config.linux_.sysctl.clear();
  EXPECT_EQ(run(spec).status, 0) << log("stderr");
  EXPECT_EQ(log(), "1\nrefused\n");
}

TEST_F(ShimIsolation, ShowsItsOwnCgroupReadOnly) {
  run("ls /sys/fs/cgroup; cat /sys/fs/cgroup/memory/cgroup.procs /sys/fs/cgroup/cgroup.procs | head -1; "
      "mkdir /sys/fs/cgroup/memory/x || echo refused; cat /proc/self/cgroup | grep -c ':/$'");
  std::string out = log();
  EXPECT_TRUE(cgroup_version() == 2 || out.find("memory\n") != std::string::npos) << out;
  EXPECT_NE(out.find("\n1\nrefused\n"), std::string::npos) << out;
}

TEST_F(ShimIsolation, JoinsTheNamespacesOfAnother) {
  std::unique_ptr<Shim> first = launch(spec_for("sleep 100"));
  first->start();
  std::string proc = "/proc/" + std::to_string(first->pid()) + "/ns/";
  ShimSpec spec = spec_for("readlink /proc/self/ns/net; hostname; ls /proc | grep -c '^[0-9]*$'; echo $$");
  spec.id += "-second";
  spec.bundle = directory_ + "/second";
  spec.config.root.path = spec.bundle + "/rootfs";
  fs::make_directories(spec.config.root.path);
  spec.config.linux_.cgroups_path += "-second";
  for (spec::OciNamespace& one : spec.config.linux_.namespaces) {
    if (one.type == "network") one.path = proc + "net";
    if (one.type == "uts") one.path = proc + "uts";
    if (one.type == "pid") one.path = proc + "pid";
  }
  spec.config.hostname.clear();
  spec.config.linux_.sysctl.clear();
  char network[64] = {};
  ASSERT_GT(::readlink((proc + "net").c_str(), network, sizeof network - 1), 0);
  EXPECT_EQ(run(spec).status, 0) << log("stderr");
  std::string out = log();
  EXPECT_EQ(out.substr(0, out.find('\n')), network);
  EXPECT_NE(out.find("\nbox\n"), std::string::npos) << out;
  EXPECT_NE(out.substr(out.size() - 2), "1\n") << out;  // not the first process of that namespace
  first->kill_all();
  wait_event(*first, ShimEvent::Kind::exit);
  first->acknowledge_exit();
}

}  // namespace
}  // namespace rundlet::runtime
