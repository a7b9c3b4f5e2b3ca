#include <sys/epoll.h>

#include <algorithm>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/fs/remove_tree.h"
#include "base/guarded.h"
#include "base/log.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/exec.h"
#include "daemon/engine/health.h"
#include "daemon/engine/oci_config.h"
#include "daemon/engine/rollback.h"
#include "daemon/engine/sandbox.h"

namespace rundlet::daemon {
namespace {

constexpr int64_t kFirstRestartDelayMs = 100;
constexpr int64_t kLongestRestartDelayMs = 60'000;
constexpr auto kSettledAfter = std::chrono::seconds(10);

bool wants_restart(const ContainerRecord& record) {
  const auto& policy = record.host_config.restart_policy;
  if (record.manually_stopped) return false;
  if (policy.name == "always" || policy.name == "unless-stopped") return true;
  if (policy.name != "on-failure" || record.exit_code == 0) return false;
  return policy.maximum_retry_count == 0 || record.restart_count < policy.maximum_retry_count;
}

// Doubles from 100 ms to a minute; a run of more than ten seconds starts it over.
int64_t next_restart_delay(const ContainerRecord& record) {
  bool settled =
      record.started_at && record.finished_at && *record.finished_at - *record.started_at >= kSettledAfter;
  if (settled || record.restart_delay_ms == 0) return kFirstRestartDelayMs;
  return std::min(record.restart_delay_ms * 2, kLongestRestartDelayMs);
}

void restart_by_policy(Engine& engine, const ContainerPtr& container) {
  if (container->status() != Status::restarting) return;
  try {
    start_container(engine, container);
  } catch (const Error& e) {
    log::warn("restart of container {}: {}", container->id(), e.message());
  }
}

void schedule_restart(Engine& engine, const ContainerPtr& container) {
  int64_t at = steady_millis() + container->record().restart_delay_ms;
  engine.reactor.at(at, [&engine, container] {
    engine.workers.post([&engine, container] { restart_by_policy(engine, container); });
  });
}

void record_exit(Container& container, const runtime::ExitInfo& exit) {
  container.change([&](ContainerRecord& record) {
    record.exit_code = exit.status;
    record.oom_killed = exit.oom_killed;
    record.finished_at = exit.at;
    record.error = exit.reason;
    record.pid = 0;
    record.endpoint.reset();
    if (record.health.status != "") record.health.failing_streak = 0;
    record.status = Status::exited;
    if (wants_restart(record)) {
      record.status = Status::restarting;
      record.restart_delay_ms = next_restart_delay(record);
      ++record.restart_count;
    }
    ++record.exits;
  });
}

// Worker thread: what the shim told. The reactor must not wait for state or network.
void on_shim_event(Engine& engine, const ContainerPtr& container, const runtime::ShimEvent& event) {
  using Kind = runtime::ShimEvent::Kind;
  switch (event.kind) {
    case Kind::exec_exit:
      return finish_exec(engine, *container, event.exec_id, event.exit.status);
    case Kind::oom:
      return publish(engine, container->record(), "oom");
    case Kind::exit:
      return handle_exit(engine, container, event.exit);
    case Kind::gone: {
      runtime::kill_cgroup(cgroup_path(engine, container->record()), 10'000);
      auto recorded = runtime::Shim::read_exit(engine.bundle_directory(container->id()));
      return handle_exit(
          engine, container,
          recorded.value_or(runtime::ExitInfo{137, false, now(), "the container's shim died"}));
    }
  }
}

}  // namespace

void watch_shim(Engine& engine, const ContainerPtr& container, std::shared_ptr<runtime::Shim> shim) {
  // The callback may run before watch() has returned its token: the guard makes it wait for that.
  auto token = std::make_shared<Guarded<Reactor::Token>>();
  token->with([&](Reactor::Token& value) {
    value = engine.reactor.watch(shim->event_fd(), EPOLLIN, [&engine, container, shim, token](uint32_t) {
      while (auto event = shim->next_event()) {
        bool last =
            event->kind == runtime::ShimEvent::Kind::exit || event->kind == runtime::ShimEvent::Kind::gone;
        if (last) engine.reactor.unwatch(token->with([](Reactor::Token t) { return t; }));
        engine.workers.post(
            [&engine, container, event = *event] { on_shim_event(engine, container, event); });
        if (last) return;
      }
    });
  });
}

void release_run_state(Engine& engine, const ContainerRecord& record) {
  if (auto shim = runtime::Shim::adopt(engine.bundle_directory(record.id))) {
    shim->kill_all();
    shim->acknowledge_exit();
  }
  std::string cgroup = cgroup_path(engine, record);
  if (!runtime::kill_cgroup(cgroup, 10'000)) log::warn("processes of container {} do not end", record.id);
  runtime::remove_cgroup(cgroup);
  if (record.sandbox == record.id) {
    engine.network.disconnect(record.sandbox);
    unpin_namespace(engine, record.sandbox);
  }
  fs::remove_tree(engine.bundle_directory(record.id));
}

void handle_exit(Engine& engine, const ContainerPtr& container, const runtime::ExitInfo& exit) {
  bool was_connected = false;
  {
    Transition transition(container);
    ContainerRecord before = container->record();
    was_connected = before.endpoint.has_value();
    if (!is_running(before.status) && before.status != Status::starting &&
        before.status != Status::restarting)
      return;
    engine.health->forget(container->id());
    if (before.sandbox == before.id) {
      engine.network.disconnect(before.sandbox);
      unpin_namespace(engine, before.sandbox);
    }
    finish_all_execs(engine, *container);
    crash_point("exit.before_record");
    record_exit(*container, exit);
    save(engine, *container);
    crash_point("exit.after_record");
    if (auto shim = container->shim()) shim->acknowledge_exit();
    container->set_shim(nullptr);
    runtime::remove_cgroup(cgroup_path(engine, before));
    fs::remove_tree(engine.bundle_directory(container->id()));
  }
  ContainerRecord record = container->record();
  publish(engine, record, "die", {{"exitCode", std::to_string(record.exit_code)}});
  if (was_connected) publish_network(engine, record.id, "disconnect");
  if (record.status == Status::restarting) return schedule_restart(engine, container);
  if (record.host_config.auto_remove && !record.kept_by_restart)
    remove_container(engine, container, {.force = true, .volumes = true});
}

}  // namespace rundlet::daemon
