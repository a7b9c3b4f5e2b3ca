#include "base/proc/spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/error.h"
#include "base/proc/pidfd.h"

namespace rundlet::proc {
namespace {

void check(int error, const char* what) {
  if (error != 0) throw_errno(what, error);
}

class Attributes {
 public:
  explicit Attributes(bool new_session) {
    check(::posix_spawnattr_init(&value_), "posix_spawnattr_init");
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&value_, &none);
    ::posix_spawnattr_setsigdefault(&value_, &all);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
    if (new_session) flags |= POSIX_SPAWN_SETSID;
    check(::posix_spawnattr_setflags(&value_, flags), "posix_spawnattr_setflags");
  }
  ~Attributes() { ::posix_spawnattr_destroy(&value_); }
  Attributes(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &value_; }

 private:
  posix_spawnattr_t value_;
};

// What the child does with its descriptors before exec.
class FileActions {
 public:
  explicit FileActions(const SpawnSpec& spec) {
    check(::posix_spawn_file_actions_init(&value_), "posix_spawn_file_actions_init");
    int last = STDERR_FILENO;
    for (const auto& [ours, theirs] : spec.fds) last = std::max(last, theirs);
    for (const auto& [ours, theirs] : spec.fds) map(ours, theirs, last + 1);
    for (int fd = 0; fd <= last; ++fd) fill_gap(spec, fd);
    check(::posix_spawn_file_actions_addclosefrom_np(&value_, last + 1), "closefrom");
    if (!spec.directory.empty())
      check(::posix_spawn_file_actions_addchdir_np(&value_, spec.directory.c_str()), "chdir");
  }
  ~FileActions() { ::posix_spawn_file_actions_destroy(&value_); }
  FileActions(const FileActions&) = delete;
  const posix_spawn_file_actions_t* get() const { return &value_; }

 private:
  // By way of a copy above all targets, so that no mapping overwrites the source of another.
  void map(int ours, int theirs, int above) {
    int copy = ::fcntl(ours, F_DUPFD_CLOEXEC, above);
    if (copy < 0) throw_errno("duplicate descriptor");
    copies_.emplace_back(copy);
    check(::posix_spawn_file_actions_adddup2(&value_, copy, theirs), "dup2");
  }
  void fill_gap(const SpawnSpec& spec, int fd) {
    for (const auto& mapping : spec.fds)
      if (mapping.second == fd) return;
    if (fd <= STDERR_FILENO) {
      check(::posix_spawn_file_actions_addopen(&value_, fd, "/dev/null", O_RDWR, 0), "open /dev/null");
    } else {
      check(::posix_spawn_file_actions_addclose(&value_, fd), "close");
    }
  }

  posix_spawn_file_actions_t value_;
  std::vector<Fd> copies_;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

[[noreturn]] void fail(const SpawnSpec& spec, int error) {
  struct stat found;
  if (!spec.directory.empty() && (::stat(spec.directory.c_str(), &found) < 0 || !S_ISDIR(found.st_mode)))
    throw_errno("chdir " + spec.directory, error);
  throw_errno("exec " + spec.argv[0], error);
}

// The child cannot be waited for safely without its pidfd.
[[noreturn]] void abandon(pid_t pid, int error) {
  ::kill(pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) continue;
  throw_errno("pidfd_open", error);
}

bool maps(const SpawnSpec& spec, int fd) {
  return std::any_of(spec.fds.begin(), spec.fds.end(), [fd](const auto& pair) { return pair.second == fd; });
}

// A file, not a pipe: the program may read it late, in part, or never, and nobody has to wait for that.
Fd input_file(const std::string& input) {
  Fd file = make_memfd("stdin");
  write_all(file.get(), input);
  if (::lseek(file.get(), 0, SEEK_SET) < 0) throw_errno("seek stdin");
  return file;
}

// What the child writes to one of its descriptors.
class Collector {
 public:
  explicit Collector(std::string& to) : to_(to), pipe_(make_pipe()) {
    set_nonblocking(pipe_.read.get(), true);
  }
  int write_end() const { return pipe_.write.get(); }
  int read_end() const { return pipe_.read.get(); }  // -1 at end of file: poll passes over it
  void started() { pipe_.write.reset(); }
  // Takes what is there now.
  void drain() {
    std::array<char, 65536> buffer;
    while (pipe_.read) {
      ssize_t size = ::read(pipe_.read.get(), buffer.data(), buffer.size());
      if (size > 0) to_.append(buffer.data(), static_cast<size_t>(size));
      if (size == 0) pipe_.read.reset();
      if (size < 0 && errno == EAGAIN) return;
      if (size < 0 && errno != EINTR) throw_errno("read output");
    }
  }

 private:
  std::string& to_;
  Pipe pipe_;
};

// Until the program itself has ended: a grandchild that keeps the pipe open is not waited for.
void collect(const Child& child, Collector& out, Collector& err) {
  for (bool running = true; running;) {
    pollfd watched[] = {
        {child.pidfd.get(), POLLIN, 0}, {out.read_end(), POLLIN, 0}, {err.read_end(), POLLIN, 0}};
    if (::poll(watched, std::size(watched), -1) < 0) {
      if (errno == EINTR) continue;
      throw_errno("poll");
    }
    running = watched[0].revents == 0;
    out.drain();
    err.drain();
  }
}

}  // namespace

Child spawn(const SpawnSpec& spec) {
  if (spec.argv.empty() || spec.argv[0].empty()) throw_invalid("no program to execute");
  Attributes attributes(spec.new_session);
  FileActions actions(spec);
  std::vector<char*> argv = pointers(spec.argv);
  std::vector<char*> env;
  if (spec.env) env = pointers(*spec.env);
  pid_t pid = -1;
  int error = ::posix_spawnp(&pid, argv[0], actions.get(), attributes.get(), argv.data(),
                             spec.env ? env.data() : environ);
  if (error != 0) fail(spec, error);
  std::optional<Fd> opened;
  try {
    opened = open_pidfd(pid);
  } catch (const Error& e) {
    abandon(pid, e.errno_value());
  }
  if (!opened)
    throw_error(ErrorCode::internal, "child " + std::to_string(pid) + " was reaped by somebody else");
  return {pid, std::move(*opened)};
}

ExitStatus wait(const Child& child) {
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(child.pidfd.get()), &info, WEXITED) < 0)
    if (errno != EINTR) throw_errno("wait for " + std::to_string(child.pid));
  if (info.si_code == CLD_EXITED) return {info.si_status, 0};
  return {128 + info.si_status, info.si_status};
}

Output run(SpawnSpec spec, const std::string& input) {
  Output result;
  Fd in = input_file(input);
  Collector out(result.out), err(result.err);
  const std::pair<int, int> stdio[] = {
      {in.get(), STDIN_FILENO}, {out.write_end(), STDOUT_FILENO}, {err.write_end(), STDERR_FILENO}};
  for (const auto& mapping : stdio)
    if (!maps(spec, mapping.second)) spec.fds.push_back(mapping);
  Child child = spawn(spec);
  out.started();
  err.started();
  collect(child, out, err);
  result.status = wait(child);
  return result;
}

}  // namespace rundlet::proc
