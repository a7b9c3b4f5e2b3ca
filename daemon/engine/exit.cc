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
  auto still_waits = [](const ContainerRecord& record) { return record.status == Status::restarting; };
  try {
    start_container(engine, container, still_waits);
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

// --rm. A user's own `rm -f` may have been faster.
void remove_ended(Engine& engine, const ContainerPtr& container) {
  try {
    remove_container(engine, container, {.force = true, .volumes = true});
  } catch (const Error& e) {
    if (e.code() != ErrorCode::not_found) throw;
  }
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

// Cleaning up must not keep an exit from being recorded and told: what cannot be cleaned now is at the next start.
void best_effort(const std::string& id, const char* what, const std::function<void()>& clean) {
  try {
    clean();
  } catch (const std::exception& e) {
    log::error("exit of container {}: {}: {}", id, what, e.what());
  }
}

// What is known of a container whose shim has gone, after everything left of it is killed.
runtime::ExitInfo exit_without_shim(Engine& engine, const ContainerRecord& record) {
  runtime::ExitInfo exit{137, false, now(), "the container's shim died"};
  best_effort(record.id, "kill", [&] { runtime::kill_cgroup(cgroup_path(engine, record), 10'000); });
  best_effort(record.id, "read exit", [&] {
    if (auto recorded = runtime::Shim::read_exit(engine.bundle_directory(record.id))) exit = *recorded;
  });
  return exit;
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
    case Kind::gone:
      return handle_exit(engine, container, exit_without_shim(engine, container->record()));
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
  best_effort(record.id, "end its shim", [&] {
    auto shim = runtime::Shim::adopt(engine.bundle_directory(record.id));
    if (!shim) return;
    shim->kill_all();
    shim->acknowledge_exit();
  });
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
  ContainerRecord before, after;
  {
    Transition transition(container);
    before = container->record();
    if (!is_running(before.status) && before.status != Status::starting &&
        before.status != Status::restarting)
      return;
    engine.health->forget(container->id());
    if (before.sandbox == before.id) {
      best_effort(before.id, "disconnect", [&] { engine.network.disconnect(before.sandbox); });
      best_effort(before.id, "unpin", [&] { unpin_namespace(engine, before.sandbox); });
    }
    finish_all_execs(engine, *container);
    crash_point("exit.before_record");
    record_exit(*container, exit);
    after = container->record();
    publish(engine, after, "die", {{"exitCode", std::to_string(after.exit_code)}});
    save(engine, *container);
    crash_point("exit.after_record");
    best_effort(before.id, "acknowledge", [&] {
      if (auto shim = container->shim()) shim->acknowledge_exit();
    });
    container->set_shim(nullptr);
    best_effort(before.id, "remove cgroup", [&] { runtime::remove_cgroup(cgroup_path(engine, before)); });
    best_effort(before.id, "remove bundle", [&] { fs::remove_tree(engine.bundle_directory(before.id)); });
  }
  if (before.endpoint) publish_network(engine, after.id, "disconnect");
  if (after.status == Status::restarting) return schedule_restart(engine, container);
  if (after.host_config.auto_remove && !after.kept_by_restart) remove_ended(engine, container);
}

}  // namespace rundlet::daemon
