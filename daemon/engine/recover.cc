#include <algorithm>

#include "base/crash_point.h"
#include "base/error.h"
#include "base/log.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/health.h"
#include "daemon/engine/oci_config.h"
#include "daemon/engine/rollback.h"

namespace rundlet::daemon {
namespace {

std::vector<ContainerPtr> load_records(Engine& engine) {
  std::vector<ContainerPtr> containers;
  engine.database.read([&](db::Connection& connection) {
    connection.query("SELECT id, record FROM containers", {}, [&](const db::Row& row) {
      try {
        containers.push_back(std::make_shared<Container>(parse_container_record(row.text(1))));
      } catch (const Error& e) {
        // One damaged row must not take the others down; it stays for a look.
        log::error("container {}: its record cannot be read and is left alone: {}", row.text(0), e.message());
      }
    });
  });
  return containers;
}

// Running, as its record says.
void adopt(Engine& engine, const ContainerPtr& container, std::shared_ptr<runtime::Shim> shim) {
  container->set_shim(shim);
  container->change([&](ContainerRecord& record) { record.pid = shim->pid(); });
  watch_shim(engine, container, shim);
  if (container->status() == Status::running) engine.health->watch(container, true);
}

void note_lost(Engine& engine, const ContainerPtr& container) {
  ContainerRecord record = container->record();
  auto exit = runtime::Shim::read_exit(engine.bundle_directory(record.id));
  if (!exit) {
    runtime::kill_cgroup(cgroup_path(engine, record), 10'000);
    exit = runtime::ExitInfo{137, false, now(), "the container's shim died while no daemon was running"};
  }
  handle_exit(engine, container, *exit);
}

// Back to what it was before the start; a restart by policy is tried again.
void roll_back_start(Engine& engine, const ContainerPtr& container) {
  release_run_state(engine, container->record());
  container->change([](ContainerRecord& record) {
    const std::string& policy = record.host_config.restart_policy.name;
    record.status = record.started_at ? Status::exited : Status::created;
    if (policy == "always" || policy == "unless-stopped" || record.restart_count > 0)
      record.status = Status::restarting;
    record.error = "the daemon ended while the container was being started";
    record.pid = 0;
    record.endpoint.reset();
  });
  save(engine, *container);
  if (container->record().host_config.auto_remove)
    remove_container(engine, container, {.force = true, .volumes = true});
}

void recover_one(Engine& engine, const ContainerPtr& container) {
  switch (container->status()) {
    case Status::creating:
      return roll_back_creation(engine, *container);
    case Status::removing:
    case Status::dead:
      return finish_removal(engine, container, container->record().host_config.auto_remove);
    case Status::starting:
      return roll_back_start(engine, container);
    case Status::running:
    case Status::paused:
      if (auto shim = runtime::Shim::adopt(engine.bundle_directory(container->id())))
        return adopt(engine, container, std::move(shim));
      return note_lost(engine, container);
    case Status::exited:
      if (container->record().host_config.auto_remove)
        remove_container(engine, container, {.force = true, .volumes = true});
      return;
    case Status::created:
    case Status::restarting:
      return;
  }
}

// What the policy wants running and is not: "always" even after a manual stop, as docker does when it starts.
bool wanted_at_start(const ContainerRecord& record) {
  const std::string& policy = record.host_config.restart_policy.name;
  if (record.status == Status::restarting) return true;
  if (record.status != Status::exited) return false;
  return policy == "always" || (policy == "unless-stopped" && !record.manually_stopped);
}

void start_wanted(Engine& engine, const ContainerPtr& container) {
  try {
    start_container(engine, container, wanted_at_start);
  } catch (const Error& e) {
    log::error("start of container {} by its restart policy: {}", container->id(), e.message());
  }
}

// A crash between a rename and its row can leave two rows of one name: the second gets another.
void add_by_name(Engine& engine, const ContainerPtr& container) {
  std::string name = container->record().name;
  try {
    engine.containers.add(container, name);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::conflict) throw;
    std::string other = name + "_" + container->id().substr(0, 6);
    log::warn("container {} is now named {}: {} was taken", container->id(), other, name);
    engine.containers.add(container, other);
    container->change([&](ContainerRecord& record) { record.name = other; });
    save(engine, *container);
  }
}

std::vector<std::string> live_sandboxes(const std::vector<ContainerPtr>& containers) {
  std::vector<std::string> live;
  for (const ContainerPtr& container : containers) {
    ContainerRecord record = container->record();
    if (is_running(record.status) && record.sandbox == record.id) live.push_back(record.sandbox);
  }
  return live;
}

}  // namespace

void recover_containers(Engine& engine) {
  std::vector<ContainerPtr> containers = load_records(engine);
  for (const ContainerPtr& container : containers) add_by_name(engine, container);
  engine.network.recover(live_sandboxes(containers));
  for (const ContainerPtr& container : containers) {
    try {
      recover_one(engine, container);
    } catch (const std::exception& e) {
      log::error("recovery of container {}: {}", container->id(), e.what());
    }
    crash_point("recover.after_one");
  }
}

void start_by_policy(Engine& engine) {
  for (const ContainerPtr& container : engine.containers.all())
    if (wanted_at_start(container->record()))
      engine.workers.post([&engine, container] { start_wanted(engine, container); });
}

}  // namespace rundlet::daemon
