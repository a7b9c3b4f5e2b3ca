// What a client stays connected for: logs, attach, wait and exec.

#include "base/error.h"
#include "daemon/api/routes.h"
#include "daemon/api/stream.h"
#include "daemon/api/time_parameter.h"
#include "daemon/engine/attach.h"
#include "daemon/engine/exec.h"
#include "daemon/engine/logs.h"

namespace rundlet::daemon {
namespace {

constexpr char kRawStream[] = "application/vnd.docker.raw-stream";
constexpr char kMultiplexedStream[] = "application/vnd.docker.multiplexed-stream";

// Clients before 1.42 know only the one type.
const char* stream_type(const Call& call, bool tty) {
  return tty || call.version < ApiVersion{1, 42} ? kRawStream : kMultiplexedStream;
}

LogQuery log_query(const Call& call) {
  LogQuery query;
  query.stdout_ = call.flag("stdout");
  query.stderr_ = call.flag("stderr");
  if (!query.stdout_ && !query.stderr_) throw_invalid("Bad parameters: you must choose at least one stream");
  query.follow = call.flag("follow");
  query.timestamps = call.flag("timestamps");
  query.since = time_parameter(call, "since");
  query.until = time_parameter(call, "until");
  std::string tail = call.text("tail");
  if (!tail.empty() && tail != "all") query.tail = call.integer("tail");
  if (query.tail && *query.tail < 0) query.tail.reset();
  return query;
}

// Docker pads the fraction to nine digits, so that columns stay in line.
std::string log_timestamp(TimePoint time) {
  std::string text = format_rfc3339(time);
  text.pop_back();
  if (text.size() == 19) text += '.';
  text.resize(29, '0');
  return text + "Z ";
}

void logs(Call& call, Engine& engine) {
  ContainerPtr container = engine.containers.get(call.id());
  LogQuery query = log_query(call);
  bool tty = container->record().config.tty;
  bool begun = false, details = call.flag("details");
  std::string pending;
  auto begin = [&] {
    if (!begun) call.response.start_stream(200, stream_type(call, tty));
    begun = true;
  };
  auto flush = [&] {
    if (pending.empty()) return;
    begin();
    call.response.write(pending);
    pending.clear();
  };
  auto each = [&](const LogLine& line) {
    std::string text = query.timestamps ? log_timestamp(line.time) : "";
    if (details) text += ' ';  // no attributes, and the space that ends them
    text += line.text;
    pending += tty ? text : frame(line.is_stderr, text);
    if (pending.size() > 64 * 1024) flush();
    return true;
  };
  // Asked before every wait: what is there goes out then.
  auto gone = [&] {
    begin();
    flush();
    return call.response.client_gone();
  };
  read_logs(engine, container, query, each, gone, call.response.client_fd());
  begin();
  flush();
}

std::string detach_keys(const std::string& asked) {
  return parse_detach_keys(asked.empty() ? "ctrl-p,ctrl-q" : asked);
}

runtime::AttachSpec attach_spec(const Call& call, const docker_api::ContainerConfig& config) {
  runtime::AttachSpec spec;
  spec.stdin_ = call.flag("stdin") && config.open_stdin;
  spec.stdout_ = call.flag("stdout");
  spec.stderr_ = call.flag("stderr");
  spec.multiplexed = !config.tty;
  if (config.tty) spec.detach_keys = detach_keys(call.text("detachKeys"));
  return spec;
}

void write_past_logs(Engine& engine, const ContainerPtr& container, const runtime::AttachSpec& spec,
                     int socket) {
  LogQuery query;
  query.stdout_ = spec.stdout_;
  query.stderr_ = spec.stderr_;
  auto each = [&](const LogLine& line) {
    write_all(socket, spec.multiplexed ? frame(line.is_stderr, line.text) : line.text);
    return true;
  };
  read_logs(
      engine, container, query, each, [] { return true; }, -1);
}

PendingAttachment hijack(Call& call, runtime::AttachSpec spec, bool tty) {
  auto hijacked = call.response.hijack(stream_type(call, tty));
  spec.unread = std::move(hijacked.unread);
  return {std::move(spec), std::move(hijacked.socket)};
}

void attach(Call& call, Engine& engine) {
  ContainerPtr container = engine.containers.get(call.id());
  docker_api::ContainerConfig config = container->record().config;
  runtime::AttachSpec spec = attach_spec(call, config);
  if (!call.flag("logs")) {
    // A client starts the container as soon as it has its answer: by then it must be known.
    if (!call.flag("stream")) return call.empty(200);
    return attach_container(engine, container, [&] { return hijack(call, spec, config.tty); });
  }
  PendingAttachment client = hijack(call, spec, config.tty);
  write_past_logs(engine, container, client.spec, client.socket.get());
  if (call.flag("stream")) attach_container(engine, container, [&] { return std::move(client); });
}

void wait(Call& call, Engine& engine) {
  ContainerPtr container = engine.containers.get(call.id());
  std::string condition = call.text("condition");
  uint64_t exits = container->record().exits;
  std::function<bool(const ContainerRecord&)> done;
  if (condition.empty() || condition == "not-running") {
    done = [](const ContainerRecord& r) { return !is_running(r.status) && r.status != Status::starting; };
  } else if (condition == "next-exit") {
    done = [exits](const ContainerRecord& r) { return r.exits > exits || r.removed; };
  } else if (condition == "removed") {
    done = [](const ContainerRecord& r) { return r.removed; };
  } else {
    throw_invalid("invalid condition: \"" + condition + "\"");
  }
  // The head goes out at once: the client starts the container only when it knows that it is being waited
  // for.
  call.response.start_stream(200, "application/json");
  while (!container->wait_until(done, std::chrono::seconds(1)))
    if (call.response.client_gone()) return;
  ContainerRecord record = container->record();
  call.response.write(to_json(docker_api::WaitResult{record.exit_code, ""}) + "\n");
}

void exec_create(Call& call, Engine& engine) {
  ContainerPtr container = engine.containers.get(call.id());
  ExecPtr exec = create_exec(engine, container, docker_api::parse_exec_config(call.body()));
  call.json(201, "{\"Id\":\"" + exec->id + "\"}");
}

void exec_start(Call& call, Engine& engine) {
  ExecPtr exec = engine.execs.get(call.id());
  std::string body = call.body();
  docker_api::ExecStart start = body.empty() ? docker_api::ExecStart{} : docker_api::parse_exec_start(body);
  if (start.detach) {
    start_exec(engine, exec, std::nullopt, start.console_size);
    return call.empty(200);
  }
  engine.containers.get(exec->container_id)->running_shim();
  runtime::AttachSpec spec;
  spec.stdin_ = exec->config.attach_stdin;
  spec.stdout_ = exec->config.attach_stdout;
  spec.stderr_ = exec->config.attach_stderr;
  spec.multiplexed = !exec->config.tty;
  if (exec->config.tty) spec.detach_keys = detach_keys(exec->config.detach_keys);
  PendingAttachment client = hijack(call, std::move(spec), exec->config.tty);
  Fd socket = client.socket.duplicate();
  try {
    start_exec(engine, exec, std::move(client), start.console_size);
  } catch (const Error& e) {
    // The connection is a stream already: docker's way to tell is on the stream itself.
    std::string text = e.message() + "\r\n";
    write_all(socket.get(), exec->config.tty ? text : frame(true, text));
  }
}

void exec_resize(Call& call, Engine& engine) {
  auto height = call.integer("h"), width = call.integer("w");
  if (!height || !width) throw_invalid("invalid resize: h and w must be given");
  resize_exec(engine, engine.execs.get(call.id()), static_cast<uint32_t>(*height),
              static_cast<uint32_t>(*width));
  call.empty(201);
}

}  // namespace

void add_container_stream_routes(Router& router, Engine& engine) {
  auto add = [&](const char* method, const char* pattern, void (*function)(Call&, Engine&)) {
    router.add(method, pattern, [&engine, function](Call& call) { function(call, engine); });
  };
  add("GET", "/containers/{id}/logs", logs);
  add("POST", "/containers/{id}/attach", attach);
  add("POST", "/containers/{id}/wait", wait);
  add("POST", "/containers/{id}/exec", exec_create);
  add("POST", "/exec/{id}/start", exec_start);
  add("POST", "/exec/{id}/resize", exec_resize);
  add("GET", "/exec/{id}/json",
      [](Call& call, Engine& e) { call.json(200, to_json(inspect_exec(*e.execs.get(call.id())))); });
}

}  // namespace rundlet::daemon
