// daemon/engine: what the Engine API does, one file per verb, as free functions over `Engine` and `Container`.
//
// A container's record is the truth that survives the daemon (table `containers` of state.db); its `Container` object
// adds what lives only while the daemon does: the shim's connection and those who wait for a change.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/fd.h"
#include "daemon/network/network.h"
#include "runtime/client/shim_client.h"
#include "spec/docker_api/container.h"

namespace rundlet::daemon {

namespace docker_api = spec::docker_api;

enum class Status {
  creating,  // intent: its snapshot and folder may exist; rolled back at start-up
  created,
  starting,  // intent: a shim may exist; adopted or rolled back at start-up
  running,
  paused,
  restarting,  // exited, waits for its restart policy's delay
  exited,
  removing,  // intent: removal goes on at start-up
  dead,      // removal failed half-way
};
std::string_view to_string(Status status);
Status status_from_string(std::string_view name);
inline bool is_running(Status status) { return status == Status::running || status == Status::paused; }

struct ContainerRecord {
  std::string id;
  std::string name;  // without the slash
  TimePoint created{};
  docker_api::ContainerConfig config;  // merged with the image's
  docker_api::HostConfig host_config;
  docker_api::NetworkingConfig networking;
  std::string image_id;  // "sha256:…"
  std::string snapshot;  // the writable layer
  std::string path;
  std::vector<std::string> args;
  std::vector<docker_api::MountPoint> mounts;

  Status status = Status::creating;
  int pid = 0;
  int exit_code = 0;
  bool oom_killed = false;
  std::string error;
  std::optional<TimePoint> started_at, finished_at;
  int restart_count = 0;
  bool manually_stopped = false;  // stop or kill by a user: "unless-stopped" and "always" hold still
  std::string sandbox;            // whose namespaces it lives in: its own id, or another container's
  std::optional<Endpoint> endpoint;
  docker_api::Health health;      // status "" when it has no healthcheck
  int64_t restart_delay_ms = 0;   // of the next restart by policy

  // Not stored: what those who wait look at.
  uint64_t exits = 0;  // since the daemon started
  bool removed = false;
  bool kept_by_restart = false;  // `docker restart` of a container that would be removed when it ends
};

std::string to_json(const ContainerRecord& record);
ContainerRecord parse_container_record(std::string_view text);

// A client that attached before the start.
struct PendingAttachment {
  runtime::AttachSpec spec;
  Fd socket;
};

class Container {
 public:
  explicit Container(ContainerRecord record) : id_(record.id), record_(std::move(record)) {}

  const std::string& id() const { return id_; }
  ContainerRecord record() const;
  Status status() const;

  // Changes the record in memory and wakes those who wait; `save` makes it durable.
  void change(const std::function<void(ContainerRecord&)>& how);
  // Waits until pred(record) holds. False when the time was over (never, when unset); throws cancelled.
  bool wait_until(const std::function<bool(const ContainerRecord&)>& pred,
                  std::optional<std::chrono::milliseconds> timeout, const Cancel& cancel = {}) const;

  // The shim while there is one.
  std::shared_ptr<runtime::Shim> shim() const;
  void set_shim(std::shared_ptr<runtime::Shim> shim);
  // As shim, but throws docker's "container ID is not running".
  std::shared_ptr<runtime::Shim> running_shim() const;

  void add_pending(PendingAttachment attachment);
  std::vector<PendingAttachment> take_pending();

 private:
  friend class Transition;
  const std::string id_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  ContainerRecord record_;
  std::shared_ptr<runtime::Shim> shim_;
  std::vector<PendingAttachment> pending_;
  bool in_transition_ = false;
};

using ContainerPtr = std::shared_ptr<Container>;

// Start, exit handling and removal of one container exclude each other. Never held while waiting for the container's
// own processes; waiting for another transition is bounded by what that one does (mounts, network, state).
class Transition {
 public:
  explicit Transition(ContainerPtr container);
  ~Transition();
  Transition(const Transition&) = delete;

 private:
  ContainerPtr container_;
};

// All containers, by id and by name. Names are reserved before anything is made.
class ContainerTable {
 public:
  // Throws conflict, in docker's words, when the name is taken.
  void add(const ContainerPtr& container, const std::string& name);
  void remove(const std::string& id);
  void rename(const std::string& id, const std::string& name);
  // By id, name (with or without slash) or unique id prefix; throws not_found "No such container: X".
  ContainerPtr get(const std::string& name_or_id) const;
  std::optional<std::string> id_of_name(const std::string& name) const;
  std::vector<ContainerPtr> all() const;

 private:
  void require_free(const std::string& name) const;

  mutable std::mutex mutex_;
  std::map<std::string, ContainerPtr> by_id_;
  std::map<std::string, std::string> names_;
};

}  // namespace rundlet::daemon
