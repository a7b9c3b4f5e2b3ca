#include "daemon/engine/exec.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "daemon/engine/health.h"
#include "daemon/engine/oci_config.h"

namespace rundlet::daemon {
namespace {

std::string command_line(const docker_api::ExecConfig& config) {
  std::string line;
  for (const std::string& word : config.cmd) line += (line.empty() ? "" : " ") + word;
  return line;
}

void publish_exec(Engine& engine, const ContainerRecord& record, const std::string& action,
                  const ExecInstance& exec) {
  publish(engine, record, action + ": " + command_line(exec.config), {{"execID", exec.id}});
}

bool process_exists(int pid) {
  struct stat info;
  return ::stat(("/proc/" + std::to_string(pid)).c_str(), &info) == 0;
}

void mark_started(ExecInstance& exec) {
  std::lock_guard lock(exec.mutex);
  if (exec.started)
    throw_error(ErrorCode::conflict, "Error: Exec command " + exec.id + " is already running");
  exec.started = true;
}

void mark_ended(ExecInstance& exec, int exit_code) {
  {
    std::lock_guard lock(exec.mutex);
    if (exec.exit_code || !exec.started) return;
    exec.exit_code = exit_code;
  }
  exec.changed.notify_all();
}

constexpr int kNotRunnable = 126;

int exit_code_of(const Error& e) {
  return e.code() == ErrorCode::not_found ? 127 : kNotRunnable;
}

[[noreturn]] void throw_exec_error(const Error& e) {
  bool users_mistake = e.code() == ErrorCode::not_found || e.code() == ErrorCode::permission_denied;
  ErrorCode code = users_mistake ? ErrorCode::invalid_argument : e.code();
  throw Error(code, "OCI runtime exec failed: exec failed: unable to start container process: " +
                        e.message() + ": unknown");
}

runtime::ExecSpec exec_spec(const ExecInstance& exec, const ContainerRecord& record,
                            const std::vector<uint32_t>& console_size) {
  runtime::ExecSpec spec;
  spec.id = exec.id;
  fs::RootedPath root("/proc/" + std::to_string(record.pid) + "/root");
  spec.process = make_exec_process(record, exec.config, root);
  if (console_size.size() == 2) spec.process.console_size = {console_size[0], console_size[1]};
  spec.open_stdin = exec.config.attach_stdin;
  return spec;
}

}  // namespace

ExecPtr create_exec(Engine& engine, const ContainerPtr& container, docker_api::ExecConfig config) {
  if (config.cmd.empty() || config.cmd[0].empty()) throw_invalid("No exec command specified");
  container->running_shim();
  if (container->status() == Status::paused)
    throw_error(ErrorCode::conflict,
                "container " + container->id() + " is paused, unpause the container before exec");
  auto exec = std::make_shared<ExecInstance>();
  exec->id = random_hex(32);
  exec->container_id = container->id();
  exec->config = std::move(config);
  engine.execs.add(exec);
  publish_exec(engine, container->record(), "exec_create", *exec);
  return exec;
}

void start_exec(Engine& engine, const ExecPtr& exec, std::optional<PendingAttachment> client,
                const std::vector<uint32_t>& console_size) {
  ContainerPtr container = engine.containers.get(exec->container_id);
  auto shim = container->running_shim();
  mark_started(*exec);
  ContainerRecord record = container->record();
  std::optional<std::pair<runtime::AttachSpec, Fd>> attachment;
  if (client) attachment.emplace(std::move(client->spec), std::move(client->socket));
  std::optional<runtime::ExecSpec> spec;
  try {
    spec = exec_spec(*exec, record, console_size);
    int pid = shim->exec(*spec, std::move(attachment));
    std::lock_guard lock(exec->mutex);
    exec->pid = pid;
  } catch (const Error& e) {
    mark_ended(*exec, spec ? exit_code_of(e) : kNotRunnable);
    if (!spec) throw;  // the engine's own word (an unknown user), not the runtime's
    throw_exec_error(e);
  }
  publish_exec(engine, record, "exec_start", *exec);
}

void resize_exec(Engine& engine, const ExecPtr& exec, uint32_t height, uint32_t width) {
  engine.containers.get(exec->container_id)->running_shim()->resize(exec->id, height, width);
}

docker_api::ExecInspect inspect_exec(const ExecInstance& exec) {
  std::unique_lock lock(exec.mutex);
  // The client saw the end of the stream, perhaps a moment before the shim's word of the exit got here: a
  // process that is gone has an exit status, which is worth the wait.
  bool ending = exec.started && !exec.exit_code && exec.pid > 0 && !process_exists(exec.pid);
  if (ending)
    exec.changed.wait_for(lock, std::chrono::seconds(2), [&] { return exec.exit_code.has_value(); });
  docker_api::ExecInspect inspect;
  inspect.id = exec.id;
  inspect.container_id = exec.container_id;
  inspect.detach_keys = exec.config.detach_keys;
  inspect.exit_code = exec.exit_code;
  inspect.running = exec.started && !exec.exit_code;
  inspect.pid = inspect.running ? exec.pid : 0;
  inspect.open_stdin = exec.config.attach_stdin;
  inspect.open_stdout = exec.config.attach_stdout;
  inspect.open_stderr = exec.config.attach_stderr;
  inspect.tty = exec.config.tty;
  inspect.privileged = exec.config.privileged;
  inspect.user = exec.config.user;
  inspect.entrypoint = exec.config.cmd.front();
  inspect.arguments.assign(exec.config.cmd.begin() + 1, exec.config.cmd.end());
  return inspect;
}

void finish_exec(Engine& engine, const Container& container, const std::string& exec_id, int exit_code) {
  if (engine.health->finish_probe(container.id(), exec_id, exit_code)) return;
  for (const ExecPtr& exec : engine.execs.of_container(container.id())) {
    if (exec->id != exec_id) continue;
    mark_ended(*exec, exit_code);
    publish(engine, container.record(), "exec_die",
            {{"execID", exec->id}, {"exitCode", std::to_string(exit_code)}});
  }
}

void finish_all_execs(Engine& engine, const Container& container) {
  for (const ExecPtr& exec : engine.execs.of_container(container.id())) mark_ended(*exec, 137);
}

}  // namespace rundlet::daemon
