// A shim as seen through its socket.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/unix_socket.h"
#include "runtime/client/shim_client.h"
#include "runtime/shim/protocol.h"

namespace rundlet::runtime {

// False after the timeout.
bool wait_readable(int fd, int timeout_ms);
// Sends a request and waits for its answer; nullopt when the other side closed instead.
std::optional<Message> exchange(const Fd& connection, const Request& request, const std::vector<int>& fds);

class RemoteShim : public Shim {
 public:
  // namespaces: network, ipc, uts, pid as `created` brought them, or none.
  RemoteShim(std::string bundle, Fd events, int pid, int shim_pid, std::vector<Fd> namespaces);

  int pid() const override { return pid_; }
  int shim_pid() const override { return shim_pid_; }
  Fd namespace_fd(const std::string& type) override;
  void start() override;
  void signal(int number) override;
  void kill_all() override;
  void pause() override;
  void resume() override;
  void update(const spec::OciResources& resources) override;
  void resize(const std::string& exec_id, uint32_t height, uint32_t width) override;
  void attach(const std::string& exec_id, const AttachSpec& spec, Fd socket) override;
  int exec(const ExecSpec& spec, std::optional<std::pair<AttachSpec, Fd>> attachment) override;
  void exec_signal(const std::string& exec_id, int number) override;
  int event_fd() const override { return events_.get(); }
  std::optional<ShimEvent> next_event() override;
  void hold(const std::string& name, Fd descriptor) override;
  std::optional<Fd> held(const std::string& name) override;
  void let_go(const std::string& name) override;
  void acknowledge_exit() override;

 private:
  struct Answer {
    Reply reply;
    std::vector<Fd> fds;
  };
  // Throws the failure in the reply; failed_precondition when the shim is gone.
  Answer call(const Request& request, const std::vector<int>& fds = {}) const;
  void call_simple(const char* operation) const;

  const std::string bundle_;
  const Fd events_;
  const int pid_, shim_pid_;
  // Dropped once started: an open descriptor would keep the namespaces alive after the container.
  std::mutex mutex_;
  std::vector<Fd> namespaces_;
  bool gone_ = false;
};

}  // namespace rundlet::runtime
