#include "base/error.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/names.h"

namespace rundlet::daemon {

void rename_container(Engine& engine, const ContainerPtr& container, const std::string& name) {
  if (name.empty() || name == "/") throw_invalid("Neither old nor new names may be empty");
  std::string wanted = checked_name(name);
  Transition transition(container);
  if (container->record().removed) throw_not_found("No such container: " + container->id());
  std::string old = container->record().name;
  if (wanted == old) throw_invalid("Renaming a container with the same name as its current name");
  engine.containers.rename(container->id(), wanted);
  container->change([&](ContainerRecord& record) { record.name = wanted; });
  save(engine, *container);
  publish(engine, container->record(), "rename", {{"oldName", "/" + old}});
}

}  // namespace rundlet::daemon
