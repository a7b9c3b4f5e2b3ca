#include "container_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/clock.h"
#include "base/codec/json.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/random.h"
#include "spec/oci_defaults.h"

namespace rundlet::runtime {
namespace {

std::string binary(const std::string& name) {
  char self[4096];
  ssize_t size = ::readlink("/proc/self/exe", self, sizeof self);
  std::string path(self, static_cast<size_t>(size));
  path.erase(path.rfind('/'));
  return path + "/../bin/" + name;
}

void copy_file(const std::string& from, const std::string& to) {
  std::string data = read_file(from);
  Fd file = open_file(to, O_WRONLY | O_CREAT | O_EXCL, 0755);
  write_all(file.get(), data);
}

void make_rootfs(const std::string& root) {
  for (const char* directory : {"/bin", "/proc", "/sys", "/dev", "/tmp", "/etc"})
    fs::make_directories(root + directory);
  copy_file("/bin/busybox", root + "/bin/busybox");
  for (const char* applet :
       {"sh",     "cat",  "echo",  "sleep",    "id",      "ls",       "mount", "hostname", "mkdir",
        "touch",  "true", "seq",   "stty",     "ulimit",  "kill",     "ps",    "head",     "dd",
        "tail",   "grep", "chmod", "readlink", "mknod",   "pwd",      "env",   "umount",   "setsid",
        "printf", "test", "wc",    "tr",       "unshare", "ifconfig", "stat"})
    ::symlink("busybox", (root + "/bin/" + applet).c_str());
  write_file(root + "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home/user:/bin/sh\n");
}

bool readable_before(int fd, int64_t deadline) {
  pollfd waited = {fd, POLLIN, 0};
  return ::poll(&waited, 1, static_cast<int>(std::max<int64_t>(0, deadline - steady_millis()))) > 0;
}

}  // namespace

ContainerTest::ContainerTest()
    : directory_("/tmp/runtime-test-" + random_hex(6)), id_("test-" + random_hex(8)) {
  fs::make_directories(directory_ + "/bundle/rootfs", 0755);
  make_rootfs(directory_ + "/rootfs");
}

ContainerTest::~ContainerTest() {
  kill_cgroup("/rundlet-" + id_, 10'000);
  remove_cgroup("/rundlet-" + id_);
  fs::remove_tree(directory_);
}

ShimSpec ContainerTest::spec_for(const std::string& script) const {
  ShimSpec spec;
  spec.id = id_;
  spec.bundle = directory_ + "/bundle";
  spec.config = spec::default_linux_config();
  spec.config.root.path = spec.bundle + "/rootfs";
  spec.config.hostname = "box";
  spec.config.process->args = {"sh", "-c", script};
  spec.config.process->env = {"PATH=/bin", "TERM=xterm"};
  spec.config.linux_.cgroups_path = "/rundlet-" + id_;
  spec.rootfs = {{"", "bind", directory_ + "/rootfs", {"rbind"}}};
  spec.log.path = directory_ + "/container.log";
  return spec;
}

RuntimePaths ContainerTest::paths() const {
  RuntimePaths paths;
  paths.shim = binary("rundlet-shim");
  paths.init = binary("rundlet-init");
  paths.cache_directory = directory_ + "/cache";
  return paths;
}

std::unique_ptr<Shim> ContainerTest::launch(const ShimSpec& spec,
                                            std::vector<std::pair<AttachSpec, Fd>> initial) {
  return Shim::launch(paths(), spec, std::move(initial));
}

ExitInfo ContainerTest::run(const ShimSpec& spec) {
  std::unique_ptr<Shim> shim = launch(spec);
  shim->start();
  ExitInfo exit = wait_event(*shim, ShimEvent::Kind::exit).exit;
  shim->acknowledge_exit();
  return exit;
}

ShimEvent ContainerTest::wait_event(Shim& shim, ShimEvent::Kind kind, int timeout_ms) {
  int64_t deadline = steady_millis() + timeout_ms;
  for (;;) {
    while (auto event = shim.next_event()) {
      if (event->kind == kind) return *event;
      if (event->kind == ShimEvent::Kind::gone) throw_error(ErrorCode::internal, "the shim is gone");
    }
    if (!readable_before(shim.event_fd(), deadline))
      throw_error(ErrorCode::deadline_exceeded, "no such event");
  }
}

std::string ContainerTest::raw_log() const {
  return read_file(directory_ + "/container.log");
}

std::string ContainerTest::log(const std::string& stream) const {
  std::string all = raw_log(), text;
  for (size_t begin = 0; begin < all.size();) {
    size_t end = all.find('\n', begin);
    json::Value entry = json::parse_text(all.substr(begin, end - begin));
    if (entry.at("stream") == stream) text += entry.at("log").get<std::string>();
    begin = end + 1;
  }
  return text;
}

std::string ContainerTest::read_until(const Fd& socket, const std::string& text, int timeout_ms) {
  int64_t deadline = steady_millis() + timeout_ms;
  std::string all;
  while (text.empty() || all.find(text) == all.npos) {
    char buffer[65536];
    if (!readable_before(socket.get(), deadline)) break;
    ssize_t size = ::read(socket.get(), buffer, sizeof buffer);
    if (size <= 0) break;
    all.append(buffer, static_cast<size_t>(size));
  }
  return all;
}

std::string ContainerTest::read_to_end(const Fd& socket, int timeout_ms) {
  return read_until(socket, "", timeout_ms);
}

}  // namespace rundlet::runtime
