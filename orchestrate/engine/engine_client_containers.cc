// /containers: everything but the streams.
#include "base/error.h"
#include "orchestrate/engine/engine_client.h"
#include "orchestrate/engine/query.h"

namespace rundlet::orchestrate {

namespace {

std::string path_of(const std::string& id, std::string_view call) {
  // An empty name would address the whole collection.
  if (id.empty()) throw_invalid("invalid container name or ID: value is empty");
  std::string path = "/containers/" + encode_path(id);
  if (!call.empty()) path += "/" + std::string(call);
  return path;
}

Query stop_query(const StopOptions& options) {
  QueryBuilder query;
  query.text("signal", options.signal);
  if (options.timeout_s) query.always("t", std::to_string(*options.timeout_s));
  return query.take();
}

Query size_query(unsigned height, unsigned width) {
  return QueryBuilder().always("h", std::to_string(height)).always("w", std::to_string(width)).take();
}

}  // namespace

std::vector<docker_api::ContainerSummary> EngineClient::list_containers(
    const ListContainersOptions& options) {
  Query query = QueryBuilder()
                    .flag("all", options.all)
                    .flag("size", options.size)
                    .number("limit", options.limit)
                    .filters(options.filters)
                    .take();
  return docker_api::parse_container_list(get("/containers/json", query));
}

docker_api::ContainerCreated EngineClient::create_container(
    const docker_api::CreateContainerRequest& container, const std::string& name,
    const std::string& platform) {
  Query query = QueryBuilder().text("name", name).text("platform", platform).take();
  return docker_api::parse_container_created(
      post_json("/containers/create", docker_api::to_json(container), query).body);
}

std::string EngineClient::inspect_container_json(const std::string& id, bool size) {
  return get(path_of(id, "json"), QueryBuilder().flag("size", size).take());
}

docker_api::ContainerInspect EngineClient::inspect_container(const std::string& id, bool size) {
  return docker_api::parse_container_inspect(inspect_container_json(id, size));
}

void EngineClient::start_container(const std::string& id, const std::string& detach_keys) {
  post(path_of(id, "start"), QueryBuilder().text("detachKeys", detach_keys).take());
}

void EngineClient::stop_container(const std::string& id, const StopOptions& options, const Cancel& cancel) {
  post(path_of(id, "stop"), stop_query(options), cancel);
}

void EngineClient::restart_container(const std::string& id, const StopOptions& options,
                                     const Cancel& cancel) {
  post(path_of(id, "restart"), stop_query(options), cancel);
}

void EngineClient::kill_container(const std::string& id, const std::string& signal) {
  post(path_of(id, "kill"), QueryBuilder().text("signal", signal).take());
}

void EngineClient::pause_container(const std::string& id) {
  post(path_of(id, "pause"));
}

void EngineClient::unpause_container(const std::string& id) {
  post(path_of(id, "unpause"));
}

void EngineClient::remove_container(const std::string& id, const RemoveContainerOptions& options) {
  Query query = QueryBuilder()
                    .flag("force", options.force)
                    .flag("v", options.volumes)
                    .flag("link", options.link)
                    .take();
  call(request("DELETE", path_of(id, ""), query));
}

void EngineClient::rename_container(const std::string& id, const std::string& name) {
  post(path_of(id, "rename"), QueryBuilder().always("name", name).take());
}

void EngineClient::resize_container(const std::string& id, unsigned height, unsigned width) {
  post(path_of(id, "resize"), size_query(height, width));
}

docker_api::TopResult EngineClient::top(const std::string& id, const std::string& ps_arguments) {
  return docker_api::parse_top_result(
      get(path_of(id, "top"), QueryBuilder().text("ps_args", ps_arguments).take()));
}

std::vector<docker_api::FilesystemChange> EngineClient::changes(const std::string& id) {
  return docker_api::parse_changes(get(path_of(id, "changes")));
}

docker_api::WaitResult EngineClient::wait_container(const std::string& id, const std::string& condition,
                                                    const std::function<void()>& on_registered,
                                                    const Cancel& cancel) {
  http::ClientRequest message =
      request("POST", path_of(id, "wait"), QueryBuilder().text("condition", condition).take());
  // The engine sends the head of its answer as soon as it watches.
  message.on_head = [&](int status, const http::Headers&) {
    if (status < 400 && on_registered) on_registered();
  };
  return docker_api::parse_wait_result(call(message, {}, cancel).body);
}

void EngineClient::logs(const std::string& id, const LogsOptions& options, const OnData& on_data,
                        const Cancel& cancel) {
  Query query = QueryBuilder()
                    .flag("follow", options.follow)
                    .flag("stdout", options.show_stdout)
                    .flag("stderr", options.show_stderr)
                    .flag("timestamps", options.timestamps)
                    .flag("details", options.details)
                    .text("since", options.since)
                    .text("until", options.until)
                    .text("tail", options.tail)
                    .take();
  call(request("GET", path_of(id, "logs"), query), on_data, cancel);
}

ProcessStream EngineClient::attach(const std::string& id, const AttachOptions& options) {
  Query query = QueryBuilder()
                    .flag("stream", options.stream)
                    .flag("stdin", options.attach_stdin)
                    .flag("stdout", options.attach_stdout)
                    .flag("stderr", options.attach_stderr)
                    .flag("logs", options.logs)
                    .text("detachKeys", options.detach_keys)
                    .take();
  http::ClientRequest message = request("POST", path_of(id, "attach"), query);
  message.headers.set("Content-Type", "text/plain");
  return open_stream(std::move(message));
}

std::string EngineClient::create_exec(const std::string& container, const docker_api::ExecConfig& config) {
  return docker_api::parse_container_created(
             post_json(path_of(container, "exec"), docker_api::to_json(config)).body)
      .id;
}

ProcessStream EngineClient::start_exec(const std::string& exec_id, const docker_api::ExecStart& start) {
  http::ClientRequest message = request("POST", "/exec/" + encode_path(exec_id) + "/start");
  message.headers.set("Content-Type", "application/json");
  message.body = docker_api::to_json(start);
  return open_stream(std::move(message));
}

void EngineClient::start_exec_detached(const std::string& exec_id, bool tty) {
  docker_api::ExecStart start;
  start.detach = true;
  start.tty = tty;
  post_json("/exec/" + encode_path(exec_id) + "/start", docker_api::to_json(start));
}

docker_api::ExecInspect EngineClient::inspect_exec(const std::string& exec_id) {
  return docker_api::parse_exec_inspect(get("/exec/" + encode_path(exec_id) + "/json"));
}

void EngineClient::resize_exec(const std::string& exec_id, unsigned height, unsigned width) {
  post("/exec/" + encode_path(exec_id) + "/resize", size_query(height, width));
}

}  // namespace rundlet::orchestrate
