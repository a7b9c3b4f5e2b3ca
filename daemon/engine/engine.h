// What the engine's verbs stand on: stores, network, reactor and configuration, wired in daemon/main.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/db/sqlite.h"
#include "base/reactor.h"
#include "base/thread_pool.h"
#include "daemon/engine/container.h"
#include "daemon/engine/event_bus.h"
#include "daemon/network/network.h"
#include "daemon/volume/volume_store.h"
#include "image-store/image_store.h"
#include "image-store/transfer/transfer.h"
#include "runtime/client/shim_client.h"
#include "spec/docker_api/container.h"

namespace rundlet::daemon {

struct EngineConfig {
  std::string root;       // --data-root
  std::string exec_root;  // --exec-root
  std::string cgroup_parent;  // "/rundlet" or "/rundlet-HASH"
  std::vector<std::string> labels;
  std::map<std::string, std::string> runtimes;  // name → path of an external OCI runtime
  std::string default_runtime;                  // "rundlet" is our own
  std::vector<NetworkConfig::Pool> address_pools;
  image_store::RegistryOptions registries;
  std::vector<std::string> dns, dns_options, dns_search;
  docker_api::LogConfig log;
  runtime::RuntimePaths runtime;
};

struct ExecInstance;
class HealthMonitor;

// Running and recently ended exec sessions.
class ExecTable {
 public:
  void add(std::shared_ptr<ExecInstance> exec);
  std::shared_ptr<ExecInstance> get(const std::string& id) const;  // throws not_found "No such exec instance: ID"
  std::vector<std::shared_ptr<ExecInstance>> of_container(const std::string& container_id) const;
  void remove_container(const std::string& container_id);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<ExecInstance>> by_id_;
};

struct Engine {
  EngineConfig config;
  db::Database& database;
  image_store::ImageStore& images;
  Network& network;
  VolumeStore& volumes;
  Reactor& reactor;
  ThreadPool& workers;
  EventBus events;
  ContainerTable containers;
  ExecTable execs;
  std::string installation;  // an id, kept in state.db
  std::unique_ptr<HealthMonitor> health;
  std::function<std::vector<image_store::SnapshotId>()> build_cache_snapshots;  // what the builder holds

  std::string container_directory(const std::string& id) const { return config.root + "/containers/" + id; }
  std::string bundle_directory(const std::string& id) const { return config.exec_root + "/containers/" + id; }
  std::string sandbox_directory(const std::string& id) const { return config.exec_root + "/sandboxes/" + id; }
};

void create_engine_tables(db::Database& database);
// Makes the container's present record durable.
void save(Engine& engine, const Container& container);
void erase(Engine& engine, const std::string& container_id);

// create.cc: throws not_found "No such image: X" (the client then pulls), conflict for a taken name.
docker_api::ContainerCreated create_container(Engine& engine, const std::string& name,
                                              docker_api::CreateContainerRequest request);
// start.cc: no effect (false) when it runs already, or when `wanted` (asked when nothing else can happen to it) says no.
using StartCondition = std::function<bool(const ContainerRecord&)>;
bool start_container(Engine& engine, const ContainerPtr& container, const StartCondition& wanted = {});
// exit.cc: records the exit, frees network and sandbox, then applies restart policy or auto-removal.
void handle_exit(Engine& engine, const ContainerPtr& container, const runtime::ExitInfo& exit);
// Connects the shim's events with the engine.
void watch_shim(Engine& engine, const ContainerPtr& container, std::shared_ptr<runtime::Shim> shim);
// stop.cc. stop and restart: nullopt uses the container's own stop timeout; false: it was not running.
bool stop_container(Engine& engine, const ContainerPtr& container, std::optional<int> timeout_s,
                    const std::string& signal, const Cancel& cancel);
void kill_container(Engine& engine, const ContainerPtr& container, const std::string& signal);
void restart_container(Engine& engine, const ContainerPtr& container, std::optional<int> timeout_s,
                       const std::string& signal, const Cancel& cancel);
// pause.cc
void pause_container(Engine& engine, const ContainerPtr& container);
void unpause_container(Engine& engine, const ContainerPtr& container);
// remove.cc
struct RemoveOptions {
  bool force = false, volumes = false;
};
void remove_container(Engine& engine, const ContainerPtr& container, const RemoveOptions& options);
// rename.cc
void rename_container(Engine& engine, const ContainerPtr& container, const std::string& name);
// recover.cc: brings memory, shims and network in line with the records. Once, at start, before serving.
void recover_containers(Engine& engine);
// Starts, in the background, what restart policies want running.
void start_by_policy(Engine& engine);

void publish(Engine& engine, const ContainerRecord& record, const std::string& action,
             std::map<std::string, std::string> attributes = {});
// action: "connect" or "disconnect", of the default network.
void publish_network(Engine& engine, const std::string& container_id, const std::string& action);

}  // namespace rundlet::daemon
