#include "daemon/engine/health.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <map>
#include <mutex>

#include "base/error.h"
#include "base/fs/rooted_path.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/random.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/oci_config.h"

namespace rundlet::daemon {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kDefaultInterval = std::chrono::seconds(30);
constexpr nanoseconds kDefaultTimeout = std::chrono::seconds(30);
constexpr nanoseconds kDefaultStartInterval = std::chrono::seconds(5);
constexpr int64_t kDefaultRetries = 3;
constexpr size_t kKeptResults = 5;
constexpr size_t kMostOutput = 4096;

nanoseconds or_default(int64_t value, nanoseconds fallback) {
  return value > 0 ? nanoseconds(value) : fallback;
}

bool has_probe(const docker_api::ContainerConfig& config) {
  return config.healthcheck && !config.healthcheck->test.empty() && config.healthcheck->test[0] != "NONE";
}

std::vector<std::string> probe_command(const docker_api::ContainerConfig& config) {
  const auto& test = config.healthcheck->test;
  if (test[0] == "CMD") return {test.begin() + 1, test.end()};
  std::vector<std::string> command =
      config.shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : config.shell;
  command.insert(command.end(), test.begin() + 1, test.end());
  return command;
}

bool in_start_period(const ContainerRecord& record, TimePoint at) {
  return record.started_at && at - *record.started_at < nanoseconds(record.config.healthcheck->start_period);
}

// Docker probes faster while the container may still be starting.
nanoseconds next_interval(const ContainerRecord& record) {
  const spec::HealthConfig& check = *record.config.healthcheck;
  if (record.health.status == "starting" && in_start_period(record, now()))
    return or_default(check.start_interval, kDefaultStartInterval);
  return or_default(check.interval, kDefaultInterval);
}

std::string duration_text(nanoseconds duration) {
  auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return millis % 1000 == 0 ? std::to_string(millis / 1000) + "s" : std::to_string(millis) + "ms";
}

// The record's health after one more result; true when the status has changed.
bool apply_result(ContainerRecord& record, docker_api::HealthcheckResult result) {
  docker_api::Health& health = record.health;
  std::string before = health.status;
  bool counts = !(before == "starting" && in_start_period(record, *result.start));
  if (result.exit_code == 0) {
    health.failing_streak = 0;
    health.status = "healthy";
  } else if (counts) {
    int64_t retries =
        record.config.healthcheck->retries > 0 ? record.config.healthcheck->retries : kDefaultRetries;
    if (++health.failing_streak >= retries) health.status = "unhealthy";
  }
  health.log.push_back(std::move(result));
  if (health.log.size() > kKeptResults) health.log.erase(health.log.begin());
  return health.status != before;
}

}  // namespace

// What a probe writes, taken as it comes: a probe must not block on its output, however much that is.
class ProbeOutput {
 public:
  explicit ProbeOutput(Fd socket) : socket_(std::move(socket)) { set_nonblocking(socket_.get(), true); }

  int fd() const { return socket_.get(); }

  // Reads what is there, keeps the beginning. False at the end.
  bool drain() {
    std::lock_guard lock(mutex_);
    char buffer[16 * 1024];
    ssize_t n;
    while ((n = ::read(socket_.get(), buffer, sizeof buffer)) > 0)
      kept_.append(buffer, std::min(static_cast<size_t>(n), kMostOutput - kept_.size()));
    return n < 0 && errno == EAGAIN;
  }

  std::string take() {
    drain();
    std::lock_guard lock(mutex_);
    return std::move(kept_);
  }

 private:
  const Fd socket_;
  std::mutex mutex_;
  std::string kept_;
};

struct HealthMonitor::State {
  // One container's probing: either a timer runs towards the next probe, or a probe runs.
  struct Watch {
    ContainerPtr container;
    uint64_t generation = 0;  // tells a late callback that its container was forgotten or restarted since
    Reactor::Token timer = 0;
    std::string exec_id;  // of the running probe
    std::shared_ptr<ProbeOutput> output;
    TimePoint probe_start{};
    bool timed_out = false;
  };

  explicit State(Engine& e) : engine(e) {}

  void schedule(Watch& watch, nanoseconds delay);
  void run_probe(const std::string& id, uint64_t generation);
  void time_out(const std::string& id, uint64_t generation);
  void finish(const std::string& id, uint64_t generation, docker_api::HealthcheckResult result);
  void collect(std::shared_ptr<ProbeOutput> output);

  // Null when the container has been forgotten meanwhile. Called with the mutex held.
  Watch* find(const std::string& id, uint64_t generation) {
    auto found = watches.find(id);
    return found != watches.end() && found->second.generation == generation ? &found->second : nullptr;
  }

  Engine& engine;
  std::mutex mutex;
  std::map<std::string, Watch> watches;
  uint64_t generations = 0;
};

void HealthMonitor::State::schedule(Watch& watch, nanoseconds delay) {
  int64_t millis = std::chrono::duration_cast<std::chrono::milliseconds>(delay).count();
  std::string id = watch.container->id();
  uint64_t generation = watch.generation;
  watch.timer = engine.reactor.at(steady_millis() + millis, [this, id, generation] {
    engine.workers.post([this, id, generation] { run_probe(id, generation); });
  });
}

// Until its end: the shim closes the other side when the probe has ended.
void HealthMonitor::State::collect(std::shared_ptr<ProbeOutput> output) {
  auto token = std::make_shared<Guarded<Reactor::Token>>();
  token->with([&](Reactor::Token& value) {
    value = engine.reactor.watch(output->fd(), EPOLLIN, [this, output, token](uint32_t) {
      if (!output->drain()) engine.reactor.unwatch(token->with([](Reactor::Token t) { return t; }));
    });
  });
}

void HealthMonitor::State::run_probe(const std::string& id, uint64_t generation) {
  ContainerPtr container;
  runtime::ExecSpec spec;
  auto [ours, theirs] = make_socket_pair(SOCK_STREAM);
  auto output = std::make_shared<ProbeOutput>(std::move(ours));
  {
    std::lock_guard lock(mutex);
    Watch* watch = find(id, generation);
    if (!watch) return;
    container = watch->container;
    watch->exec_id = spec.id = random_hex(32);
    watch->output = output;
    watch->probe_start = now();
    watch->timed_out = false;
  }
  ContainerRecord record = container->record();
  docker_api::HealthcheckResult failed{now(), now(), -1, ""};
  collect(output);
  try {
    auto shim = container->running_shim();
    docker_api::ExecConfig config;
    config.cmd = probe_command(record.config);
    fs::RootedPath root("/proc/" + std::to_string(record.pid) + "/root");
    spec.process = make_exec_process(record, config, root);
    runtime::AttachSpec attach;
    attach.stdout_ = attach.stderr_ = true;
    shim->exec(spec, std::pair{attach, std::move(theirs)});
  } catch (const Error& e) {
    failed.output = e.message();
    return finish(id, generation, std::move(failed));
  }
  nanoseconds timeout = or_default(record.config.healthcheck->timeout, kDefaultTimeout);
  std::lock_guard lock(mutex);
  Watch* watch = find(id, generation);
  if (!watch || watch->exec_id != spec.id) return;  // it has ended already
  int64_t at = steady_millis() + std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count();
  watch->timer = engine.reactor.at(at, [this, id, generation] {
    engine.workers.post([this, id, generation] { time_out(id, generation); });
  });
}

void HealthMonitor::State::time_out(const std::string& id, uint64_t generation) {
  ContainerPtr container;
  std::string exec_id;
  {
    std::lock_guard lock(mutex);
    Watch* watch = find(id, generation);
    if (!watch || watch->exec_id.empty()) return;
    watch->timed_out = true;
    container = watch->container;
    exec_id = watch->exec_id;
  }
  try {
    container->running_shim()->exec_signal(exec_id, SIGKILL);
  } catch (const Error& e) {
    log::debug("health probe of {} at its timeout: {}", id, e.message());
  }
}

void HealthMonitor::State::finish(const std::string& id, uint64_t generation,
                                  docker_api::HealthcheckResult result) {
  ContainerPtr container;
  {
    std::lock_guard lock(mutex);
    Watch* watch = find(id, generation);
    if (!watch) return;
    engine.reactor.cancel(watch->timer);
    watch->exec_id.clear();
    watch->output.reset();
    container = watch->container;
  }
  bool changed = false;
  container->change([&](ContainerRecord& record) { changed = apply_result(record, std::move(result)); });
  ContainerRecord record = container->record();
  if (changed) {
    publish(engine, record, "health_status: " + record.health.status);
    save(engine, *container);
  }
  std::lock_guard lock(mutex);
  if (Watch* watch = find(id, generation)) schedule(*watch, next_interval(record));
}

HealthMonitor::HealthMonitor(Engine& engine) : state_(std::make_unique<State>(engine)) {}

HealthMonitor::~HealthMonitor() {
  std::lock_guard lock(state_->mutex);
  for (auto& [id, watch] : state_->watches) state_->engine.reactor.cancel(watch.timer);
}

void HealthMonitor::watch(const ContainerPtr& container, bool adopted) {
  if (!has_probe(container->record().config)) return;
  container->change([&](ContainerRecord& record) {
    if (!adopted || record.health.status.empty()) record.health = {"starting", 0, {}};
  });
  std::lock_guard lock(state_->mutex);
  State::Watch& watch = state_->watches[container->id()];
  watch.container = container;
  watch.generation = ++state_->generations;
  state_->schedule(watch, next_interval(container->record()));
}

void HealthMonitor::forget(const std::string& container_id) {
  std::lock_guard lock(state_->mutex);
  auto found = state_->watches.find(container_id);
  if (found == state_->watches.end()) return;
  state_->engine.reactor.cancel(found->second.timer);
  // Docker's word for a container whose health nobody watches any more.
  found->second.container->change([](ContainerRecord& record) { record.health.status = "unhealthy"; });
  state_->watches.erase(found);
}

bool HealthMonitor::finish_probe(const std::string& container_id, const std::string& exec_id, int exit_code) {
  docker_api::HealthcheckResult result;
  uint64_t generation;
  {
    std::lock_guard lock(state_->mutex);
    auto found = state_->watches.find(container_id);
    if (found == state_->watches.end() || found->second.exec_id != exec_id) return false;
    State::Watch& watch = found->second;
    generation = watch.generation;
    result = {watch.probe_start, now(), watch.timed_out ? -1 : exit_code, watch.output->take()};
    if (watch.timed_out) {
      nanoseconds timeout =
          or_default(watch.container->record().config.healthcheck->timeout, kDefaultTimeout);
      std::string over = "Health check exceeded timeout (" + duration_text(timeout) + ")";
      result.output = result.output.empty() ? over : over + ": " + result.output;
    }
  }
  state_->finish(container_id, generation, std::move(result));
  return true;
}

}  // namespace rundlet::daemon
