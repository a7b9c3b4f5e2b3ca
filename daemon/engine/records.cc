#include "base/crash_point.h"
#include "base/error.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/exec.h"
#include "daemon/engine/sandbox.h"

namespace rundlet::daemon {

void create_engine_tables(db::Database& database) {
  database.migrate("engine",
                   {
                       "CREATE TABLE containers(id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;"
                       "CREATE TABLE installation(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;",
                   });
}

void save(Engine& engine, const Container& container) {
  crash_point("container.before_save");
  // Reads the record on the writer thread: of two concurrent saves the later one cannot store the older
  // state.
  engine.database.write([&](db::Connection& connection) {
    ContainerRecord record = container.record();
    if (record.removed) return;
    connection.query(
        "INSERT INTO containers(id, record) VALUES(?1, ?2) ON CONFLICT(id) DO UPDATE SET record = ?2",
        {container.id(), to_json(record)});
  });
  crash_point("container.after_save");
}

void erase(Engine& engine, const std::string& container_id) {
  engine.database.write([&](db::Connection& connection) {
    connection.query("DELETE FROM containers WHERE id = ?1", {container_id});
  });
  crash_point("container.after_erase");
}

void publish(Engine& engine, const ContainerRecord& record, const std::string& action,
             std::map<std::string, std::string> attributes) {
  attributes.insert(record.config.labels.begin(), record.config.labels.end());
  attributes["image"] = record.config.image;
  attributes["name"] = record.name;
  engine.events.publish({"container", action, record.id, std::move(attributes), now()});
}

void publish_network(Engine& engine, const std::string& container_id, const std::string& action) {
  engine.events.publish({"network",
                         action,
                         network_id(engine, "bridge"),
                         {{"container", container_id}, {"name", "bridge"}, {"type", "bridge"}},
                         now()});
}

void ExecTable::add(std::shared_ptr<ExecInstance> exec) {
  std::lock_guard lock(mutex_);
  std::string id = exec->id;
  by_id_[id] = std::move(exec);
}

std::shared_ptr<ExecInstance> ExecTable::get(const std::string& id) const {
  std::lock_guard lock(mutex_);
  auto found = by_id_.find(id);
  if (found == by_id_.end()) throw_not_found("No such exec instance: " + id);
  return found->second;
}

std::vector<std::shared_ptr<ExecInstance>> ExecTable::of_container(const std::string& container_id) const {
  std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<ExecInstance>> execs;
  for (const auto& [id, exec] : by_id_)
    if (exec->container_id == container_id) execs.push_back(exec);
  return execs;
}

void ExecTable::remove_container(const std::string& container_id) {
  std::lock_guard lock(mutex_);
  std::erase_if(by_id_, [&](const auto& entry) { return entry.second->container_id == container_id; });
}

}  // namespace rundlet::daemon
