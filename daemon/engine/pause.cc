#include "base/error.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/health.h"

namespace rundlet::daemon {

void pause_container(Engine& engine, const ContainerPtr& container) {
  Transition transition(container);
  auto shim = container->running_shim();
  if (container->status() == Status::paused)
    throw_error(ErrorCode::conflict, "container " + container->id() + " is already paused");
  engine.health->forget(container->id());
  shim->pause();
  container->change([](ContainerRecord& record) { record.status = Status::paused; });
  save(engine, *container);
  publish(engine, container->record(), "pause");
}

void unpause_container(Engine& engine, const ContainerPtr& container) {
  Transition transition(container);
  auto shim = container->running_shim();
  if (container->status() != Status::paused)
    throw_error(ErrorCode::conflict, "container " + container->id() + " is not paused");
  shim->resume();
  container->change([](ContainerRecord& record) { record.status = Status::running; });
  save(engine, *container);
  engine.health->watch(container, true);
  publish(engine, container->record(), "unpause");
}

}  // namespace rundlet::daemon
