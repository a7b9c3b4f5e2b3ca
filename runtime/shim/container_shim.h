// The shim's heart: one container, its execs, its clients and the daemon, on one loop.
//
//   launch → created → (start) → running → ended → acknowledged, or nobody there to acknowledge → out
//                  ↘ failed → told to start(), or to nobody → out
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/cgroup/cgroup.h"
#include "runtime/shim/event_loop.h"
#include "runtime/shim/external_runtime.h"
#include "runtime/shim/log_writer.h"
#include "runtime/shim/notes.h"
#include "runtime/shim/process_io.h"
#include "runtime/shim/protocol.h"
#include "runtime/shim/set_up.h"

namespace rundlet::runtime {

class ContainerShim {
 public:
  ContainerShim(ShimFile file, bool terminal, Fd listener, Fd events, std::vector<Fd> attachments);
  // Until the container has ended and been told of. Failures to set up go to the events connection.
  void run(spec::OciConfig config);

 private:
  enum class Phase { creating, created, running, ended, failed };

  struct Exec {
    std::string id;
    pid_t pid = -1;
    Fd pidfd;
    std::unique_ptr<ProcessIo> io;
    std::unique_ptr<SetUp> set_up;
    Fd requester;  // waits for the reply
    bool waits_for_attach = false, running = false;
  };

  std::string in_bundle(const char* name) const;

  // container_start.cc
  void launch(spec::OciConfig config);
  void launch_external(spec::OciConfig config);
  InitPlan make_plan(spec::OciConfig config);
  void make_cgroup(const spec::OciLinux& config);
  void watch_init(Channel channel);
  void record_state();
  void tell_created();
  std::vector<Fd> first_namespace_fds();
  void on_running();
  void on_failed(const Error& error);
  void release_memory();
  void run_late_hooks(const std::vector<spec::OciHook>& hooks, const std::string& status);

  // container_exit.cc
  void reap();
  void on_child_exit(pid_t pid, int status);
  void on_init_exit(int status);
  void end_everything_else();
  void clean_up();
  void record_exit(const ExitInfo& exit);
  void on_events_lost();
  bool delivering() const;
  void drop_clients();
  void quit_when_done();
  void take_acknowledgement();
  void stop_listening();
  void watch_oom();
  void note_oom();

  // container_exec.cc
  void start_exec(const Request& request, std::vector<Fd> fds, Fd requester);
  void launch_exec(Exec& exec, const ExecSpec& spec);
  void launch_external_exec(Exec& exec, const ExecSpec& spec);
  void on_exec_running(Exec& exec);
  void on_exec_failed(const std::string& id, const Error& error);
  void on_exec_exit(Exec& exec, int status);
  Exec& find_exec(const std::string& id);

  // requests.cc
  void accept_request();
  void receive_request(int fd);
  void handle(const Request& request, std::vector<Fd> fds, Fd connection);
  Reply answer(const Request& request, std::vector<Fd>& fds);
  void adopt(Fd connection);
  void start(Fd connection);
  void start_external();
  void freeze(bool frozen);
  void send_signal(const Fd& pidfd, bool alive, int number);
  void kill_all();
  void attach(const Request& request, std::vector<Fd>& fds);
  void hold(const Request& request, std::vector<Fd>& fds);
  void send_held(const std::string& name, const Fd& connection) const;
  void update(const Request& request);
  void require_running() const;
  std::vector<Fd> namespace_fds() const;

  EventLoop loop_;
  ShimSpec spec_;
  Fd bundle_;  // the directory itself: its name may come to mean another container's while we are still going
  Fd listener_, signals_;
  std::map<int, Fd> connections_;  // whose request is still to come
  Notes notes_;
  std::unique_ptr<LogWriter> log_;
  ProcessIo io_;
  std::unique_ptr<Cgroup> cgroup_;
  std::unique_ptr<ExternalRuntime> external_;  // another runtime does the work
  Fd oom_notifier_;
  int64_t oom_kills_ = 0;

  Phase phase_ = Phase::creating;
  pid_t pid_ = -1;
  Fd pidfd_;
  bool own_pid_namespace_ = false;
  int exec_namespaces_ = 0;
  spec::OciHooks hooks_;
  spec::OciState hook_state_;
  std::unique_ptr<SetUp> set_up_;
  std::optional<Failure> failure_;
  Fd starter_;  // waits for start's reply
  std::map<std::string, std::unique_ptr<Exec>> execs_;
  std::map<std::string, Fd> held_;  // for daemons to come
  ExitInfo exit_;
  bool acknowledged_ = false;
};

void send_reply(const Fd& connection, const Reply& reply, const std::vector<Fd>& fds = {});

}  // namespace rundlet::runtime
