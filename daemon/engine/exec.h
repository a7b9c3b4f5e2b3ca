// Exec sessions: further processes in a running container.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/fd.h"
#include "daemon/engine/engine.h"

namespace rundlet::daemon {

struct ExecInstance {
  std::string id, container_id;
  docker_api::ExecConfig config;

  // Guarded by `mutex`; `changed` tells of every change.
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  bool started = false;
  int pid = 0;
  std::optional<int> exit_code;
};
using ExecPtr = std::shared_ptr<ExecInstance>;

// Throws conflict when the container does not run, invalid_argument "No exec command specified".
ExecPtr create_exec(Engine& engine, const ContainerPtr& container, docker_api::ExecConfig config);
// Starts it with this client on its stdio (none when detached). Throws conflict when it was started before.
void start_exec(Engine& engine, const ExecPtr& exec, std::optional<PendingAttachment> client,
                const std::vector<uint32_t>& console_size);
void resize_exec(Engine& engine, const ExecPtr& exec, uint32_t height, uint32_t width);
docker_api::ExecInspect inspect_exec(const ExecInstance& exec);
// The shim says that it has ended.
void finish_exec(Engine& engine, const Container& container, const std::string& exec_id, int exit_code);
// The container has ended, and with it every exec in it.
void finish_all_execs(Engine& engine, const Container& container);

}  // namespace rundlet::daemon
