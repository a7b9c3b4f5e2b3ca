#include "cli/daemon_start.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/fs/file_lock.h"
#include "base/proc/spawn.h"
#include "base/unix_socket.h"
#include "cli/text.h"

namespace rundlet::cli {
namespace {

constexpr int64_t kStartTimeoutMs = 30'000;
constexpr int kPollMs = 20;
constexpr char kLogPath[] = "/var/log/rundletd.log";

bool answers(const std::string& socket_path) {
  try {
    connect_unix(socket_path, SOCK_STREAM);
    return true;
  } catch (const Error& e) {
    if (e.errno_value() == ENOENT || e.errno_value() == ECONNREFUSED) return false;
    throw;
  }
}

bool is_executable(const std::string& path) {
  return ::access(path.c_str(), X_OK) == 0;
}

// Beside this program first: a build tree must not start an installed daemon.
std::string find_daemon() {
  char self[4096];
  ssize_t length = ::readlink("/proc/self/exe", self, sizeof self);
  if (length > 0) {
    std::string path(self, static_cast<size_t>(length));
    path = path.substr(0, path.rfind('/')) + "/rundletd";
    if (is_executable(path)) return path;
  }
  const char* search = std::getenv("PATH");
  for (const std::string& directory : split(search ? search : "", ':'))
    if (!directory.empty() && is_executable(directory + "/rundletd")) return directory + "/rundletd";
  throw_error(ErrorCode::unavailable,
              "no daemon is running, and rundletd was not found beside rundlet or in PATH");
}

// A daemon must not share the limits, nor the end, of the session it was started from. Best effort: the root
// of a hierarchy may be out of reach, and then staying is all there is.
void leave_cgroups(pid_t pid) {
  std::unique_ptr<DIR, int (*)(DIR*)> hierarchies(::opendir("/sys/fs/cgroup"), ::closedir);
  while (hierarchies) {
    dirent* entry = ::readdir(hierarchies.get());
    if (!entry) return;
    if (entry->d_name[0] == '.') continue;
    std::string path = fmt::format("/sys/fs/cgroup/{}/cgroup.procs", entry->d_name);
    Fd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file) continue;
    std::string text = std::to_string(pid);
    [[maybe_unused]] ssize_t ignored = ::write(file.get(), text.data(), text.size());
  }
}

std::string log_tail() {
  std::string text = read_file(kLogPath);
  constexpr size_t kTail = 2000;
  return text.size() > kTail ? text.substr(text.size() - kTail) : text;
}

proc::Child spawn_daemon(const std::string& program) {
  Fd log = open_file(kLogPath, O_WRONLY | O_CREAT | O_APPEND, 0640);
  proc::SpawnSpec spec;
  spec.argv = {program};
  spec.fds = {{log.get(), 1}, {log.get(), 2}};
  spec.directory = "/";
  spec.new_session = true;
  return proc::spawn(spec);
}

// True when the process is gone.
bool has_ended(const proc::Child& child, int wait_ms) {
  pollfd poll{child.pidfd.get(), POLLIN, 0};
  return ::poll(&poll, 1, wait_ms) > 0;
}

void wait_until_up(const std::string& socket_path, const proc::Child& child) {
  int64_t deadline = steady_millis() + kStartTimeoutMs;
  while (!answers(socket_path)) {
    bool ended = has_ended(child, kPollMs);
    if (ended && answers(socket_path)) return;
    if (ended || steady_millis() > deadline)
      throw_error(ErrorCode::unavailable,
                  fmt::format("rundletd {}; the end of {}:\n{}", ended ? "did not start" : "does not answer",
                              kLogPath, log_tail()));
  }
}

}  // namespace

void ensure_daemon(const std::string& socket_path) {
  if (answers(socket_path)) return;
  if (::geteuid() != 0)
    throw_error(ErrorCode::unavailable, fmt::format("Cannot connect to the Rundlet daemon at unix://{}. Is "
                                                    "rundletd running? (Only root can start it.)",
                                                    socket_path));
  std::string directory = socket_path.substr(0, socket_path.rfind('/'));
  if (::mkdir(directory.c_str(), 0711) != 0 && errno != EEXIST) throw_errno("mkdir " + directory);
  // Of several command lines only one starts it; the others wait for it.
  auto lock = fs::FileLock::try_acquire(directory + "/start.lock");
  for (; !lock; lock = fs::FileLock::try_acquire(directory + "/start.lock")) {
    if (answers(socket_path)) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(kPollMs));
  }
  if (answers(socket_path)) return;
  std::string program = find_daemon();
  proc::Child child = spawn_daemon(program);
  leave_cgroups(child.pid);
  wait_until_up(socket_path, child);
  fmt::print(stderr, "rundlet: no daemon was running: started {} (pid {}, log in {})\n", program, child.pid,
             kLogPath);
}

}  // namespace rundlet::cli
