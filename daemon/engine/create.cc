#include "base/crash_point.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/random.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/host_config.h"
#include "daemon/engine/init_layer.h"
#include "daemon/engine/names.h"
#include "daemon/engine/rollback.h"
#include "daemon/engine/volume_mounts.h"

namespace rundlet::daemon {
namespace {

void set_command(ContainerRecord& record) {
  std::vector<std::string> argv = record.config.entrypoint.items;
  argv.insert(argv.end(), record.config.cmd.items.begin(), record.config.cmd.items.end());
  record.path = argv.front();
  record.args.assign(argv.begin() + 1, argv.end());
}

// Not "not found": the client would take that for a missing image, and pull.
ContainerRecord sandbox_owner(const Engine& engine, const std::string& name) {
  try {
    return engine.containers.get(name)->record();
  } catch (const Error& e) {
    if (e.code() != ErrorCode::not_found) throw;
    throw_invalid("joining network namespace of container: " + e.message());
  }
}

// The sandbox it will live in, and with it the hostname: a joined sandbox's is that of its owner.
void set_sandbox(const Engine& engine, ContainerRecord& record) {
  NetworkMode mode = parse_network_mode(record.host_config.network_mode);
  record.sandbox = record.id;
  if (mode.kind == NetworkKind::container) {
    ContainerRecord owner = sandbox_owner(engine, mode.container);
    record.sandbox = owner.sandbox;
    record.config.hostname = owner.config.hostname;
    record.config.domainname = owner.config.domainname;
  } else if (mode.kind != NetworkKind::host && record.config.hostname.empty()) {
    record.config.hostname = record.id.substr(0, 12);
  }
}

// -p and EXPOSE stand in Config.ExposedPorts together, as docker shows them.
void expose_published_ports(ContainerRecord& record) {
  for (const auto& [port, bindings] : record.host_config.port_bindings) record.config.exposed_ports[port];
}

// The daemon's options of a driver hold where the container has none of its own.
void set_log_config(ContainerRecord& record, const docker_api::LogConfig& of_daemon) {
  docker_api::LogConfig& log = record.host_config.log_config;
  if (log.type.empty()) log.type = of_daemon.type.empty() ? "json-file" : of_daemon.type;
  if (log.type == of_daemon.type) log.config.insert(of_daemon.config.begin(), of_daemon.config.end());
}

ContainerRecord plan_record(Engine& engine, const image_store::Image& image,
                            docker_api::CreateContainerRequest&& request) {
  ContainerRecord record;
  record.id = random_hex(32);
  record.created = now();
  record.config = std::move(request.config);
  record.host_config = std::move(request.host_config);
  record.networking = std::move(request.networking_config);
  record.image_id = image.id.str();
  merge_image_config(record.config, engine.images.content(image).config.config);
  set_log_config(record, engine.config.log);
  validate(record.config, record.host_config);
  set_command(record);
  expose_published_ports(record);
  record.mounts = plan_mounts(record.config, record.host_config);
  set_sandbox(engine, record);
  return record;
}

// A name that nobody asked for may be taken: another one is drawn.
void reserve_name(Engine& engine, const ContainerPtr& container, const std::string& wanted) {
  for (int attempt = 0;; ++attempt) {
    std::string name = wanted.empty() ? random_name() : wanted;
    if (attempt > 5) name += "_" + container->id().substr(0, 6);
    try {
      engine.containers.add(container, name);
      container->change([&](ContainerRecord& record) { record.name = name; });
      return;
    } catch (const Error& e) {
      if (!wanted.empty() || e.code() != ErrorCode::conflict || attempt > 6) throw;
    }
  }
}

void make_container(Engine& engine, const ContainerPtr& container, const image_store::Image& image) {
  auto lease = engine.images.lease("create " + container->id());
  save(engine, *container);  // the intent: from here on a crash is rolled back
  image_store::SnapshotId base = engine.images.unpack(image, *lease);
  std::string snapshot =
      engine.images.snapshots().prepare(container_base(engine, base, *lease), "container/" + container->id());
  crash_point("create.after_snapshot");
  container->change([&](ContainerRecord& record) { record.snapshot = snapshot; });
  fs::make_directories(engine.container_directory(container->id()), 0710);
  make_volumes(engine, *container, base);
  container->change([](ContainerRecord& record) { record.status = Status::created; });
  save(engine, *container);
}

void refuse_foreign_networks(const docker_api::CreateContainerRequest& request) {
  for (const auto& [network, settings] : request.networking_config.endpoints_config) {
    parse_network_mode(network);
    if (!settings.aliases.empty() || !settings.links.empty() || !settings.mac_address.empty() ||
        !settings.driver_opts.empty() || settings.gw_priority != 0)
      throw_error(ErrorCode::unimplemented, "unsupported field NetworkingConfig.EndpointsConfig." + network +
                                                ": endpoint settings need a user-defined network");
  }
}

}  // namespace

docker_api::ContainerCreated create_container(Engine& engine, const std::string& name,
                                              docker_api::CreateContainerRequest request) {
  std::string wanted = name.empty() ? "" : checked_name(name);
  if (request.config.image.empty()) throw_invalid("no image specified");
  refuse_foreign_networks(request);
  image_store::Image image = engine.images.get(request.config.image);
  auto container = std::make_shared<Container>(plan_record(engine, image, std::move(request)));
  Transition transition(container);  // who finds it by its name already waits until it is made
  reserve_name(engine, container, wanted);
  try {
    make_container(engine, container, image);
  } catch (...) {
    roll_back_creation(engine, *container);
    container->change([](ContainerRecord& record) { record.removed = true; });
    throw;
  }
  publish(engine, container->record(), "create");
  return {container->id(), {}};
}

void roll_back_creation(Engine& engine, const Container& container) {
  ContainerRecord record = container.record();
  for (const auto& snapshot : engine.images.snapshots().list())
    if (snapshot.label == "container/" + record.id) engine.images.snapshots().remove(snapshot.id);
  remove_anonymous_volumes(engine, record);
  fs::remove_tree(engine.container_directory(record.id));
  erase(engine, record.id);
  engine.containers.remove(record.id);
}

}  // namespace rundlet::daemon
