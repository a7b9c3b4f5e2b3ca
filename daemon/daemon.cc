#include "daemon/daemon.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <future>
#include <thread>

#include "base/codec/sha256.h"
#include "base/crash_point.h"
#include "base/db/sqlite.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/file_lock.h"
#include "base/http/server.h"
#include "base/log.h"
#include "base/random.h"
#include "base/unix_socket.h"
#include "builder/builder.h"
#include "daemon/api/error_status.h"
#include "daemon/api/routes.h"
#include "daemon/engine/build_host.h"
#include "daemon/engine/health.h"
#include "daemon/engine/images.h"
#include "daemon/network/identity.h"

namespace rundlet::daemon {
namespace {

constexpr size_t kWorkers = 16;
constexpr std::chrono::seconds kShutdownPatience{15};

std::string cgroup_parent(const Options& options) {
  if (!options.cgroup_parent.empty())
    return options.cgroup_parent.starts_with('/') ? options.cgroup_parent : "/" + options.cgroup_parent;
  return options.exec_root == Options().exec_root ? "/rundlet" : "/rundlet-" + exec_root_hash(options.exec_root);
}

// Our other executables lie beside this one.
std::string beside_us(const std::string& name) {
  char path[4096];
  ssize_t size = ::readlink("/proc/self/exe", path, sizeof path - 1);
  if (size < 0) throw_errno("readlink /proc/self/exe");
  std::string own(path, static_cast<size_t>(size));
  return own.substr(0, own.rfind('/') + 1) + name;
}

EngineConfig engine_config(const Options& options) {
  EngineConfig config;
  config.root = options.data_root;
  config.exec_root = options.exec_root;
  config.cgroup_parent = cgroup_parent(options);
  config.labels = options.labels;
  config.runtimes = options.runtimes;
  config.default_runtime = options.default_runtime;
  config.address_pools = options.address_pools;
  config.registries.mirrors = options.registry_mirrors;
  config.registries.insecure = options.insecure_registries;
  config.dns = options.dns;
  config.dns_options = options.dns_options;
  config.dns_search = options.dns_search;
  config.log = {options.log_driver, options.log_options};
  config.runtime.shim = beside_us("rundlet-shim");
  config.runtime.init = beside_us("rundlet-init");
  config.runtime.cache_directory = options.data_root + "/seccomp";
  return config;
}

NetworkConfig network_config(const Options& options) {
  NetworkConfig config;
  config.exec_root = options.exec_root;
  config.none = options.bridge == "none";
  config.bridge = config.none ? "" : options.bridge;
  config.bip = options.bip;
  config.pools = options.address_pools;
  config.mtu = options.mtu;
  return config;
}

builder::BuilderPaths builder_paths(const EngineConfig& config) {
  return {config.root + "/builder", config.exec_root + "/builder", config.runtime, config.cgroup_parent};
}

fs::FileLock lock(const std::string& directory) {
  fs::make_directories(directory, 0711);
  auto held = fs::FileLock::try_acquire(directory + "/lock");
  if (!held) throw_error(ErrorCode::conflict, "another rundletd uses " + directory);
  return std::move(*held);
}

// The installation's id, made at the first start.
std::string installation_id(db::Database& database) {
  std::string id;
  database.write([&](db::Connection& connection) {
    connection.query("INSERT OR IGNORE INTO installation(key, value) VALUES('id', ?1)", {random_hex(16)});
    connection.query("SELECT value FROM installation WHERE key = 'id'", {},
                     [&](const db::Row& row) { id = row.text(0); });
  });
  return id;
}

}  // namespace

struct Daemon::State {
  explicit State(const Options& o);
  void recover();
  void listen(const std::string& host);

  Options options;
  fs::FileLock exec_lock, data_lock;
  db::Database database;
  image_store::ImageStore images;
  Network network;
  VolumeStore volumes;
  Reactor reactor;
  ThreadPool workers{kWorkers};
  Engine engine;
  EngineBuildHost build_host;
  builder::Builder builder;
  Router router;
  http::Server server;
};

Daemon::State::State(const Options& o)
    : options(o),
      exec_lock(lock(o.exec_root)),
      data_lock(lock(o.data_root)),
      database(o.data_root + "/state.db"),
      images(o.data_root, database, random_hex(8)),
      network(network_config(o), database),
      volumes(o.data_root + "/volumes", database),
      engine{engine_config(o), database, images, network, volumes, reactor, workers, {}, {}, {}, {}, {}, {}},
      build_host(engine),
      builder(builder_paths(engine.config), images, database, build_host),
      server([this](http::Request& request,
                    http::ResponseWriter& response) { router.handle(request, response); },
             {}, error_response) {
  create_engine_tables(database);
  engine.installation = installation_id(database);
  engine.health = std::make_unique<HealthMonitor>(engine);
  engine.build_cache_snapshots = [this] { return builder.cached_snapshots(); };
  add_version_routes(router);
  add_system_routes(router, engine);
  add_container_routes(router, engine);
  add_container_stream_routes(router, engine);
  add_image_routes(router, engine);
  add_image_transfer_routes(router, engine);
  add_build_routes(router, engine, builder);
  add_unsupported_routes(router);
}

void Daemon::State::recover() {
  images.recover();
  volumes.recover();
  builder.recover();
  recover_containers(engine);
  crash_point("daemon.recovered");
}

void Daemon::State::listen(const std::string& host) {
  if (host.starts_with("tcp://"))
    return server.serve(http::listen_tcp(host.substr(6)),
                        http::TlsConfig{options.tls_cert, options.tls_key, options.tls_ca_cert});
  std::string path = host.substr(7);
  Fd socket = listen_unix(path, SOCK_STREAM, 0660);
  const std::string& group = options.group.empty() ? "docker" : options.group;
  if (const ::group* entry = ::getgrnam(group.c_str())) {
    if (::chown(path.c_str(), 0, entry->gr_gid) < 0) throw_errno("chown " + path);
  } else if (!options.group.empty()) {
    throw_not_found("group " + group + " not found");
  }
  server.serve(std::move(socket));
}

Daemon::Daemon(const Options& options) : state_(std::make_unique<State>(options)) {
  try {
    state_->recover();
  } catch (...) {
    (void)state_.release();  // as in the destructor
    throw;
  }
}

// Timers and workers use the state until the process ends, which is what follows.
Daemon::~Daemon() {
  (void)state_.release();
}

void Daemon::serve() {
  const Options& options = state_->options;
  std::vector<std::string> hosts = options.hosts;
  if (hosts.empty()) hosts.push_back("unix://" + options.exec_root + "/rundlet.sock");
  for (const std::string& host : hosts) state_->listen(host);
  std::string pidfile = options.pidfile.empty() ? options.exec_root + "/rundletd.pid" : options.pidfile;
  write_file(pidfile, std::to_string(::getpid()) + "\n");
  for (const std::string& host : hosts) log::info("listening on {}", host);
  start_by_policy(state_->engine);
}

void Daemon::stop() {
  const Options& options = state_->options;
  auto stopped = std::make_shared<std::promise<void>>();
  std::thread([stopped, &server = state_->server] {
    server.stop();
    stopped->set_value();
  }).detach();
  // A request that goes on for longer (docker stop -t 600) is cut short, as a crash would do it.
  if (stopped->get_future().wait_for(kShutdownPatience) != std::future_status::ready)
    log::warn("requests under way are cut short");
  std::string pidfile = options.pidfile.empty() ? options.exec_root + "/rundletd.pid" : options.pidfile;
  ::unlink(pidfile.c_str());
}

void Daemon::tear_down() {
  size_t failed = 0;
  for (const ContainerPtr& container : state_->engine.containers.all()) {
    try {
      stop_container(state_->engine, container, 0, "KILL", {});
      Transition exit_handled(container);
    } catch (const Error& e) {
      ++failed;
      log::error("container {} does not end: {}", container->id(), e.message());
    }
  }
  Network::Description network = state_->network.describe();
  state_->network.tear_down();
  const std::string& cgroup = state_->engine.config.cgroup_parent;
  runtime::remove_cgroup(cgroup);
  std::printf("bridge %s\ntable %s\ncgroup %s\n", network.bridge.c_str(), network.table.c_str(),
              cgroup.c_str());
  if (failed > 0) throw_error(ErrorCode::internal, std::to_string(failed) + " containers could not be ended");
}

}  // namespace rundlet::daemon
