#include <csignal>

#include "base/error.h"
#include "base/log.h"
#include "base/proc/pidfd.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/oci_config.h"

namespace rundlet::daemon {
namespace {

constexpr auto kAfterKill = std::chrono::seconds(10);

int signal_number(const std::string& name) {
  auto number = proc::signal_from_string(name);
  if (!number) throw_invalid("invalid signal: " + name);
  return *number;
}

int stop_signal(const ContainerRecord& record, const std::string& asked) {
  if (!asked.empty()) return signal_number(asked);
  return record.config.stop_signal.empty() ? SIGTERM : signal_number(record.config.stop_signal);
}

bool has_ended(const ContainerRecord& record) {
  return !is_running(record.status);
}

class KeptByRestart {
 public:
  explicit KeptByRestart(Container& container) : container_(container) { set(true); }
  ~KeptByRestart() { set(false); }
  KeptByRestart(const KeptByRestart&) = delete;

 private:
  void set(bool kept) {
    container_.change([kept](ContainerRecord& record) { record.kept_by_restart = kept; });
  }
  Container& container_;
};

[[noreturn]] void throw_not_killable(const Container& container) {
  throw_error(ErrorCode::conflict, "cannot kill container: " + container.id() + ": container " +
                                       container.id() + " is not running");
}

// False when its process has ended already. A frozen one takes its signal only when it is thawed.
bool send(Container& container, int number) {
  try {
    auto shim = container.running_shim();
    shim->signal(number);
    if (container.status() != Status::paused) return true;
    shim->resume();
  } catch (const Error& e) {
    if (e.code() != ErrorCode::conflict && e.code() != ErrorCode::failed_precondition) throw;
    return false;
  }
  container.change([](ContainerRecord& record) {
    if (record.status == Status::paused) record.status = Status::running;
  });
  return true;
}

// A container that waits for its restart is stopped by no longer waiting. One that is just starting has started then.
void forbid_restart(Engine& engine, const ContainerPtr& container) {
  Transition settled(container);
  container->change([](ContainerRecord& record) {
    if (record.status == Status::restarting) record.status = Status::exited;
    record.manually_stopped = true;
  });
  save(engine, *container);
}

void kill_rest(Engine& engine, const ContainerPtr& container, const Cancel& cancel) {
  try {
    if (auto shim = container->shim()) {
      shim->kill_all();
    } else {
      runtime::kill_cgroup(cgroup_path(engine, container->record()), 10'000);
    }
  } catch (const Error& e) {
    if (e.code() != ErrorCode::failed_precondition) throw;  // it has ended by itself
  }
  if (!container->wait_until(has_ended, kAfterKill, cancel))
    throw_error(ErrorCode::internal, "cannot stop container: " + container->id() +
                                         ": tried to kill container, but did not receive an exit event");
}

}  // namespace

bool stop_container(Engine& engine, const ContainerPtr& container, std::optional<int> timeout_s,
                    const std::string& signal, const Cancel& cancel) {
  int number = stop_signal(container->record(), signal);
  forbid_restart(engine, container);
  ContainerRecord record = container->record();
  if (has_ended(record)) return false;
  if (send(*container, number)) publish(engine, record, "kill", {{"signal", std::to_string(number)}});
  int seconds = timeout_s.value_or(record.config.stop_timeout.value_or(10));
  std::optional<std::chrono::milliseconds> patience;
  if (seconds >= 0) patience = std::chrono::seconds(seconds);
  if (!container->wait_until(has_ended, patience, cancel)) kill_rest(engine, container, cancel);
  { Transition settled(container); }  // its "die" comes first
  publish(engine, container->record(), "stop");
  return true;
}

void kill_container(Engine& engine, const ContainerPtr& container, const std::string& signal) {
  int number = signal.empty() ? SIGKILL : signal_number(signal);
  { Transition settled(container); }  // one that is just starting has started then
  ContainerRecord record = container->record();
  if (!is_running(record.status)) throw_not_killable(*container);
  if (number == SIGKILL || number == stop_signal(record, "")) {
    container->change([](ContainerRecord& r) { r.manually_stopped = true; });
    save(engine, *container);
  }
  if (!send(*container, number)) {
    // It ends by itself just now: for SIGKILL that is what was wanted.
    if (number != SIGKILL) throw_not_killable(*container);
    return kill_rest(engine, container, {});
  }
  publish(engine, record, "kill", {{"signal", std::to_string(number)}});
  // As docker: a SIGKILL is answered when it has had its effect.
  if (number == SIGKILL) kill_rest(engine, container, {});
}

void restart_container(Engine& engine, const ContainerPtr& container, std::optional<int> timeout_s,
                       const std::string& signal, const Cancel& cancel) {
  // A restart is no end: the container must survive its own --rm.
  KeptByRestart kept(*container);
  stop_container(engine, container, timeout_s, signal, cancel);
  start_container(engine, container);
  publish(engine, container->record(), "restart");
}

}  // namespace rundlet::daemon
