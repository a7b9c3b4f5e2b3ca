#include "base/crash_point.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/health.h"
#include "daemon/engine/host_config.h"
#include "daemon/engine/logs.h"
#include "daemon/engine/oci_config.h"
#include "daemon/engine/rollback.h"
#include "daemon/engine/sandbox.h"
#include "image-store/mounted_tree.h"

namespace rundlet::daemon {
namespace {

runtime::LogSpec log_spec(const Engine& engine, const ContainerRecord& record) {
  const docker_api::LogConfig& config = record.host_config.log_config;
  LogLimits limits = config.type == "none" ? LogLimits() : parse_log_options(config.config);
  return {config.type, log_path(engine, record.id), limits.max_size, limits.max_file};
}

bool seccomp_unconfined(const docker_api::HostConfig& host) {
  for (const std::string& option : host.security_opt)
    if (option == "seccomp=unconfined" || option == "seccomp:unconfined") return true;
  return host.privileged;
}

std::string external_runtime(const Engine& engine, const std::string& name) {
  const std::string& wanted = name.empty() ? engine.config.default_runtime : name;
  if (wanted == "rundlet") return "";
  auto found = engine.config.runtimes.find(wanted);
  if (found == engine.config.runtimes.end()) throw_invalid("unknown or invalid runtime name: " + wanted);
  return found->second;
}

runtime::ShimSpec make_shim_spec(Engine& engine, const ContainerRecord& record) {
  runtime::ShimSpec spec;
  spec.id = record.id;
  spec.bundle = engine.bundle_directory(record.id);
  spec.rootfs = engine.images.snapshots().mounts(record.snapshot);
  image_store::MountedTree tree(spec.rootfs);
  spec.config = make_oci_config(engine, record, tree.root());
  spec.wait_for_network = true;
  spec.open_stdin = record.config.open_stdin;
  spec.stdin_once = record.config.stdin_once;
  spec.log = log_spec(engine, record);
  if (!seccomp_unconfined(record.host_config))
    spec.seccomp_file =
        runtime::compile_seccomp(runtime::default_seccomp(spec.config.process->capabilities->bounding),
                                 engine.config.runtime.cache_directory);
  return spec;
}

std::shared_ptr<runtime::Shim> launch(Engine& engine, Container& container) {
  ContainerRecord record = container.record();
  std::string bundle = engine.bundle_directory(record.id);
  fs::remove_tree(bundle);
  fs::make_directories(bundle + "/rootfs", 0700);
  runtime::RuntimePaths paths = engine.config.runtime;
  paths.external_runtime = external_runtime(engine, record.host_config.runtime);
  std::vector<std::pair<runtime::AttachSpec, Fd>> initial;
  for (PendingAttachment& pending : container.take_pending())
    initial.emplace_back(std::move(pending.spec), std::move(pending.socket));
  return runtime::Shim::launch(paths, make_shim_spec(engine, record), std::move(initial));
}

void connect_network(Engine& engine, Container& container, runtime::Shim& shim) {
  ContainerRecord record = container.record();
  NetworkKind kind = parse_network_mode(record.host_config.network_mode).kind;
  if (kind == NetworkKind::host || kind == NetworkKind::container) return;
  Fd netns = shim.namespace_fd("network");
  pin_namespace(engine, record.sandbox, netns.get());
  crash_point("start.after_pin");
  if (kind == NetworkKind::none) return engine.network.connect_none(netns.get());
  Endpoint endpoint;
  try {
    endpoint =
        engine.network.connect(record.sandbox, netns.get(), port_requests(record.config, record.host_config));
  } catch (const Error& e) {
    throw e.with_context(
        "failed to set up container networking: driver failed programming external connectivity on "
        "endpoint " +
        record.name + " (" + record.id + ")");
  }
  container.change([&](ContainerRecord& r) { r.endpoint = endpoint; });
  write_hosts(engine, container.record());
}

// The container whose sandbox is joined must run: its namespace is pinned only then.
void require_sandbox(Engine& engine, const ContainerRecord& record) {
  if (record.sandbox == record.id) return;
  ContainerPtr owner = engine.containers.get(record.sandbox);
  if (!is_running(owner->status()))
    throw_error(ErrorCode::conflict, "cannot join network of a non running container: " + owner->id());
}

// What docker says, and the exit code that the container then shows: 127 and 126 are the shell's.
Error start_error(const Error& cause, int& exit_code) {
  std::string text =
      "failed to create task for container: failed to create shim task: OCI runtime create failed: "
      "unable to start container process: " +
      cause.message() + ": unknown";
  if (cause.code() == ErrorCode::not_found || cause.code() == ErrorCode::permission_denied) {
    exit_code = cause.code() == ErrorCode::not_found ? 127 : 126;
    return Error(ErrorCode::invalid_argument, text, cause.errno_value());
  }
  exit_code = 128;
  return Error(ErrorCode::internal, text, cause.errno_value());
}

void fail_start(Engine& engine, const ContainerPtr& container, const Error& cause, int exit_code) {
  container->set_shim(nullptr);
  release_run_state(engine, container->record());
  container->change([&](ContainerRecord& record) {
    record.status = record.started_at ? Status::exited : Status::created;
    record.error = cause.message();
    record.exit_code = exit_code;
    record.pid = 0;
    record.endpoint.reset();
  });
  save(engine, *container);
}

void run_process(Engine& engine, const ContainerPtr& container) {
  std::shared_ptr<runtime::Shim> shim = launch(engine, *container);
  container->set_shim(shim);
  crash_point("start.after_launch");
  connect_network(engine, *container, *shim);
  crash_point("start.after_network");
  try {
    shim->start();
  } catch (const Error& e) {
    int exit_code = 0;
    Error error = start_error(e, exit_code);
    container->change([&](ContainerRecord& record) { record.exit_code = exit_code; });
    throw error;
  }
  container->change([&](ContainerRecord& record) {
    record.status = Status::running;
    record.pid = shim->pid();
    record.started_at = now();
    record.finished_at.reset();
    record.exit_code = 0;
    record.oom_killed = false;
  });
  save(engine, *container);
  watch_shim(engine, container, shim);
}

bool may_start(const ContainerRecord& record) {
  if (record.status == Status::paused)
    throw_error(ErrorCode::conflict, "cannot start a paused container, try unpause instead");
  if (is_running(record.status)) return false;
  if (record.status == Status::removing || record.status == Status::dead || record.removed)
    throw_error(ErrorCode::conflict, "container is marked for removal and cannot be started");
  return true;
}

bool try_start(Engine& engine, const ContainerPtr& container, const StartCondition& wanted) {
  Transition transition(container);
  if (wanted && !wanted(container->record())) return false;
  if (!may_start(container->record())) return false;
  container->change([](ContainerRecord& record) {
    // Only restarts by policy are counted, and a start by a user begins the count anew.
    if (record.status != Status::restarting) record.restart_count = 0;
    record.status = Status::starting;
    record.manually_stopped = false;
    record.error.clear();
    record.exit_code = 128;
  });
  save(engine, *container);
  try {
    require_sandbox(engine, container->record());
    write_sandbox_files(engine, container->record());
    run_process(engine, container);
  } catch (const Error& e) {
    fail_start(engine, container, e, container->record().exit_code);
    throw;
  }
  ContainerRecord record = container->record();
  if (record.endpoint) publish_network(engine, record.id, "connect");
  publish(engine, record, "start");
  engine.health->watch(container);
  return true;
}

}  // namespace

bool start_container(Engine& engine, const ContainerPtr& container, const StartCondition& wanted) {
  try {
    return try_start(engine, container, wanted);
  } catch (const Error&) {
    // --rm: a container that never ran is gone as well, and who waits for its removal learns of it.
    bool failed = container->status() == Status::created || container->status() == Status::exited;
    if (failed && container->record().host_config.auto_remove)
      remove_container(engine, container, {.force = true, .volumes = true});
    throw;
  }
}

}  // namespace rundlet::daemon
