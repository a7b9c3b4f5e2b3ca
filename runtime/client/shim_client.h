// runtime: the OCI runtime (rundlet-oci), the shim that holds one container (rundlet-shim), and, in client/,
// how others launch and speak to a shim. All of runtime's executables are single-threaded.
//
// A shim is told everything in one file and one message, and lives as long as its container and the clients
// that read its exit. Every request is one connection to BUNDLE/shim.sock (SOCK_SEQPACKET, JSON messages,
// descriptors beside them: runtime/shim/protocol.h); events come over a connection of their own. Files a shim
// keeps in its bundle:
//   config.json   the OCI configuration
//   shim.json     what ShimSpec says beside it
//   state.json    version, pid, start time, boot id; durable before exec
//   exit.json     exit status; durable before it is told to anyone
//   shim.log      what the shim has to complain about
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "spec/mount.h"
#include "spec/oci_runtime.h"

namespace rundlet::runtime {

struct LogSpec {
  std::string driver = "json-file";  // or "none"
  std::string path;
  int64_t max_size = -1;  // bytes before rotation, -1: never
  int max_file = 1;
};

// A client on the container's stdio. The socket is served by the shim itself and so survives a daemon
// restart.
struct AttachSpec {
  bool stdin_ = false, stdout_ = false, stderr_ = false;
  bool multiplexed = false;  // docker's 8-byte frame headers (no tty)
  std::string detach_keys;   // raw bytes; empty: none
  std::string unread;        // stdin bytes that came with the request
};

struct ShimSpec {
  std::string id;                   // container id, or the build step's
  std::string bundle;               // directory, exists, private to this shim
  spec::OciConfig config;           // root.path is BUNDLE/rootfs
  std::vector<spec::Mount> rootfs;  // mounted on root.path inside the container's mount namespace
  bool wait_for_network = false;    // the caller wires a new network namespace; else only its loopback is up
  bool ephemeral = false;           // killed when the events connection that launched it closes (build steps)
  bool open_stdin = false;          // keep stdin open without a client; else it is /dev/null unless attached
  bool stdin_once = false;          // close stdin when the first client that had it leaves
  LogSpec log;
  std::string seccomp_file;  // compiled program; empty: unconfined
  bool systemd_cgroup = false;
};

struct ExitInfo {
  int status = 0;  // 128 + signal when killed; 126, 127 when exec failed
  bool oom_killed = false;
  TimePoint at;
  std::string reason;  // what the shim or the daemon knows beyond the number, else empty
};

struct ShimEvent {
  enum class Kind { exit, exec_exit, oom, gone };  // gone: the shim itself died or closed
  Kind kind;
  std::string exec_id;  // exec_exit
  ExitInfo exit;
};

struct ExecSpec {
  std::string id;
  spec::OciProcess process;
  bool open_stdin = false;
  bool wait_for_attach = false;
};

// Paths of our own executables and where compiled seccomp programs are cached.
struct RuntimePaths {
  std::string shim = "rundlet-shim";
  std::string init = "rundlet-init";
  std::string cache_directory;
  std::string external_runtime;  // set: `--runtime runc`, driven by the same shim
};

class Shim {
 public:
  // Writes config.json and shim.json, spawns the shim in a session of its own, and returns when the
  // container's namespaces exist and its first process waits: `created` in OCI's words. Throws what the shim
  // reports. initial: clients that attached before the start, with their sockets.
  static std::unique_ptr<Shim> launch(const RuntimePaths& paths, const ShimSpec& spec,
                                      std::vector<std::pair<AttachSpec, Fd>> initial = {});
  // A shim that an earlier daemon started; nullopt (null) when it is gone: then read_exit tells what is
  // known.
  static std::unique_ptr<Shim> adopt(const std::string& bundle);
  static std::optional<ExitInfo> read_exit(const std::string& bundle);

  virtual ~Shim() = default;

  virtual int pid() const = 0;  // of the container's first process, in our pid namespace
  virtual int shim_pid() const = 0;
  // The container's network, ipc and uts namespaces, for pinning and wiring. type: "network", "ipc", "uts",
  // "pid".
  virtual Fd namespace_fd(const std::string& type) = 0;
  // Lets the first process exec. Returns when it has; throws the exec error (not_found for a missing
  // executable, permission_denied …) with docker's wording left to the caller. Until it is called the process
  // waits, whatever wait_for_network says; if the caller dies first, all of it ends.
  virtual void start() = 0;
  virtual void signal(int number) = 0;  // to the first process; throws failed_precondition when gone
  virtual void kill_all() = 0;          // SIGKILL to everything in the container
  virtual void pause() = 0;
  virtual void resume() = 0;
  virtual void update(const spec::OciResources& resources) = 0;
  virtual void resize(const std::string& exec_id, uint32_t height,
                      uint32_t width) = 0;  // "" for the container
  virtual void attach(const std::string& exec_id, const AttachSpec& spec, Fd socket) = 0;
  // Starts another process in the container; with an attachment made before it runs. Returns its pid.
  virtual int exec(const ExecSpec& spec, std::optional<std::pair<AttachSpec, Fd>> attachment) = 0;
  virtual void exec_signal(const std::string& exec_id, int number) = 0;
  // Readable when next_event has something; never blocks. A fresh adoption replays an exit that nobody
  // acknowledged.
  virtual int event_fd() const = 0;
  virtual std::optional<ShimEvent> next_event() = 0;
  // Descriptors that outlive the daemon: the container's DNS sockets, bound ports. A name that is taken is
  // replaced. They are closed when the container ends.
  virtual void hold(const std::string& name, Fd descriptor) = 0;
  virtual std::optional<Fd> held(const std::string& name) = 0;
  virtual void let_go(const std::string& name) = 0;
  // The exit has been recorded by the daemon: the shim may end and its bundle be removed.
  virtual void acknowledge_exit() = 0;
};

// Host pids of all processes in the container's cgroup.
std::vector<int> cgroup_processes(const std::string& cgroups_path);
// For a container whose shim died: kills by cgroup.kill, or freeze and kill on v1; waits until it is empty or
// the timeout (milliseconds) is over. True when it is empty.
bool kill_cgroup(const std::string& cgroups_path, int timeout_ms);
// Removes the cgroup directories (all hierarchies) once they are empty; no error when there are none.
void remove_cgroup(const std::string& cgroups_path);
// 1 or 2 (unified).
int cgroup_version();

// Compiles to BPF (cached by content under cache_directory) and returns the file's path.
std::string compile_seccomp(const spec::OciSeccomp& profile, const std::string& cache_directory);
// The default profile (runtime/isolation/seccomp_default.json, compiled in) for these capabilities.
spec::OciSeccomp default_seccomp(const std::vector<std::string>& capabilities);

}  // namespace rundlet::runtime
