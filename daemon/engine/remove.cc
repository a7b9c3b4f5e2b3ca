#include "base/crash_point.h"
#include "base/error.h"
#include "base/fs/remove_tree.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/exec.h"
#include "daemon/engine/health.h"
#include "daemon/engine/rollback.h"
#include "daemon/engine/volume_mounts.h"

namespace rundlet::daemon {
namespace {

void require_stopped(Engine& engine, const ContainerPtr& container, bool force) {
  std::optional<Transition> settled(container);  // one that is just starting has started then
  ContainerRecord record = container->record();
  bool alive = is_running(record.status) || record.status == Status::restarting;
  if (!alive) return;
  if (!force) {
    std::string state(record.status == Status::paused ? "paused" : to_string(record.status));
    throw_error(ErrorCode::conflict, "cannot remove container \"/" + record.name + "\": container is " +
                                         state + ": stop the container before removing or force remove");
  }
  container->change([](ContainerRecord& r) {
    r.manually_stopped = true;
    r.kept_by_restart = true;  // this removal is the one: the exit must not begin another
    if (r.status == Status::restarting) r.status = Status::exited;
  });
  settled.reset();
  try {
    kill_container(engine, container, "KILL");
  } catch (const Error& e) {
    if (e.code() != ErrorCode::conflict) throw;  // it has ended by itself
  }
}

}  // namespace

void finish_removal(Engine& engine, const ContainerPtr& container, bool volumes) {
  ContainerRecord record = container->record();
  release_run_state(engine, record);
  crash_point("remove.after_release");
  if (!record.snapshot.empty()) engine.images.snapshots().remove(record.snapshot);
  crash_point("remove.after_snapshot");
  fs::remove_tree(engine.container_directory(record.id));
  if (volumes) remove_anonymous_volumes(engine, record);
  erase(engine, record.id);
  engine.execs.remove_container(record.id);
  engine.containers.remove(record.id);
}

void remove_container(Engine& engine, const ContainerPtr& container, const RemoveOptions& options) {
  require_stopped(engine, container, options.force);
  {
    Transition transition(container);
    ContainerRecord record = container->record();
    if (record.removed) throw_not_found("No such container: " + record.id);
    if (is_running(record.status))
      throw_error(ErrorCode::conflict,
                  "cannot remove container \"/" + record.name + "\": container is running");
    engine.health->forget(record.id);
    container->change([](ContainerRecord& r) { r.status = Status::removing; });
    save(engine, *container);
    finish_removal(engine, container, options.volumes);
    container->change([](ContainerRecord& r) { r.removed = true; });
  }
  publish(engine, container->record(), "destroy");
}

}  // namespace rundlet::daemon
