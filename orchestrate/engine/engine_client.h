// orchestrate: what drives engines from outside. engine/ is the Engine API v1.51 as its clients see it: the
// command line, compose and the node agent speak to a Rundlet or Docker engine through this class and nothing
// else. One method a call; the engine's errors come out as EngineError with its own message. Safe for use by
// several threads at once.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/http/client.h"
#include "spec/docker_api/container.h"
#include "spec/docker_api/image.h"
#include "spec/docker_api/system.h"

namespace rundlet::orchestrate {

namespace docker_api = spec::docker_api;

using OnData = std::function<void(std::string_view)>;
using OnProgress = std::function<void(const docker_api::ProgressMessage&)>;
// Fills the buffer, returns the count, 0 at the end. Called on a thread of its own.
using BodySource = std::function<size_t(char*, size_t)>;
using Query = std::vector<std::pair<std::string, std::string>>;

// A raw connection with a container's process. What is written to it is its stdin; shutdown(2) for writing
// ends that.
struct ProcessStream {
  Fd socket;           // blocking
  std::string unread;  // bytes of the stream that have already arrived: they come first
};

struct Ping {
  std::string api_version, os_type, builder_version;
  bool experimental = false;
};

struct EventsOptions {
  std::string since, until;  // RFC 3339, unix seconds with a fraction, or a Go duration
  docker_api::Filters filters;
};

struct ListContainersOptions {
  bool all = false, size = false;
  int limit = 0;  // 0: no limit
  docker_api::Filters filters;
};

struct LogsOptions {
  bool follow = false, show_stdout = true, show_stderr = true, timestamps = false, details = false;
  std::string since, until, tail;
};

struct AttachOptions {
  bool stream = true, logs = false, attach_stdin = false, attach_stdout = true, attach_stderr = true;
  std::string detach_keys;
};

struct RemoveContainerOptions {
  bool force = false, volumes = false, link = false;
};

struct StopOptions {
  std::string signal;            // empty: the container's own
  std::optional<int> timeout_s;  // unset: the container's own
};

struct ListImagesOptions {
  bool all = false, digests = false, shared_size = false;
  docker_api::Filters filters;
};

struct ImportOptions {
  std::string source = "-";  // "-": the body; or a URL that the engine fetches
  std::string repository, tag, message, platform;
  std::vector<std::string> changes;
};

struct CommitOptions {
  std::string container, repository, tag, comment, author;
  bool pause = true;
  std::vector<std::string> changes;
  std::optional<docker_api::ContainerConfig> config;
};

struct BuildOptions {
  std::string dockerfile, remote, target, platform, network_mode, cgroup_parent, cpuset_cpus, cpuset_mems;
  std::vector<std::string> tags, extra_hosts, cache_from, security_opt;
  bool quiet = false, no_cache = false, pull = false, remove = true, force_remove = false, squash = false;
  std::map<std::string, std::optional<std::string>> build_args;  // unset: from the engine's environment
  std::map<std::string, std::string> labels;
  int64_t memory = 0, memory_swap = 0, shm_size = 0, cpu_shares = 0, cpu_period = 0, cpu_quota = 0;
  std::vector<docker_api::Ulimit> ulimits;
  std::map<std::string, docker_api::AuthConfig> auths;  // registry → credentials, for base images
};

// The engine answered, and refused: its status as a code, its message as it stands.
class EngineError : public Error {
 public:
  using Error::Error;
};

// The error that a stream of progress ended with; exit_code: that of a build step's command, 0 when there was none.
class ProgressError : public Error {
 public:
  ProgressError(const std::string& message, int exit_code)
      : Error(ErrorCode::internal, message), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

class EngineClient {
 public:
  // api_version: the highest that is spoken; the first call lowers it to the engine's own unless `negotiate`
  // is off.
  explicit EngineClient(http::Endpoint endpoint, std::string api_version = docker_api::kApiVersion,
                        bool negotiate = true);

  // Sent with every request (HttpHeaders of ~/.docker/config.json). Before the first call.
  void add_header(std::string name, std::string value);
  // What is spoken, after the negotiation.
  std::string api_version();

  // System
  Ping ping();
  docker_api::SystemVersion version();
  docker_api::SystemInfo info();
  // Until the engine ends it (until) or cancel.
  void events(const EventsOptions& options, const std::function<void(const docker_api::Event&)>& on_event,
              const Cancel& cancel = {});

  // Containers; `id` is a name or an id, whole or shortened.
  std::vector<docker_api::ContainerSummary> list_containers(const ListContainersOptions& options = {});
  docker_api::ContainerCreated create_container(const docker_api::CreateContainerRequest& request,
                                                const std::string& name = {},
                                                const std::string& platform = {});
  docker_api::ContainerInspect inspect_container(const std::string& id, bool size = false);
  std::string inspect_container_json(const std::string& id, bool size = false);  // the engine's own words
  void start_container(const std::string& id, const std::string& detach_keys = {});
  void stop_container(const std::string& id, const StopOptions& options = {}, const Cancel& cancel = {});
  void restart_container(const std::string& id, const StopOptions& options = {}, const Cancel& cancel = {});
  void kill_container(const std::string& id, const std::string& signal = {});
  void pause_container(const std::string& id);
  void unpause_container(const std::string& id);
  void remove_container(const std::string& id, const RemoveContainerOptions& options = {});
  void rename_container(const std::string& id, const std::string& name);
  void resize_container(const std::string& id, unsigned height, unsigned width);
  docker_api::TopResult top(const std::string& id, const std::string& ps_arguments = {});
  std::vector<docker_api::FilesystemChange> changes(const std::string& id);
  // condition: "not-running", "next-exit", "removed". on_registered: the engine now watches, so that an exit
  // that comes after it is not missed.
  docker_api::WaitResult wait_container(const std::string& id, const std::string& condition = {},
                                        const std::function<void()>& on_registered = {},
                                        const Cancel& cancel = {});
  // Frames (see frames.h), or the plain bytes of a container with a terminal.
  void logs(const std::string& id, const LogsOptions& options, const OnData& on_data,
            const Cancel& cancel = {});
  ProcessStream attach(const std::string& id, const AttachOptions& options);

  // Exec
  std::string create_exec(const std::string& container, const docker_api::ExecConfig& config);
  ProcessStream start_exec(const std::string& exec_id, const docker_api::ExecStart& start);
  void start_exec_detached(const std::string& exec_id, bool tty);
  docker_api::ExecInspect inspect_exec(const std::string& exec_id);
  void resize_exec(const std::string& exec_id, unsigned height, unsigned width);

  // Images. The streamed calls throw ProgressError when the stream ended with an error.
  std::vector<docker_api::ImageSummary> list_images(const ListImagesOptions& options = {});
  docker_api::ImageInspect inspect_image(const std::string& name);
  std::string inspect_image_json(const std::string& name);
  std::vector<docker_api::ImageHistoryItem> image_history(const std::string& name);
  void tag_image(const std::string& name, const std::string& repository, const std::string& tag);
  std::vector<docker_api::ImageDeleteItem> remove_image(const std::string& name, bool force = false,
                                                        bool no_prune = false);
  // reference: "repository", with tag (":latest" is not added) or "@digest".
  void pull_image(const std::string& reference, const std::string& platform,
                  const std::optional<docker_api::AuthConfig>& auth, const OnProgress& on_progress,
                  const Cancel& cancel = {});
  // tag: empty for all tags of the repository.
  void push_image(const std::string& repository, const std::string& tag, const docker_api::AuthConfig& auth,
                  const OnProgress& on_progress, const Cancel& cancel = {});
  void load_images(const BodySource& archive, bool quiet, const OnProgress& on_progress,
                   const Cancel& cancel = {});
  void save_images(const std::vector<std::string>& names, const OnData& on_data, const Cancel& cancel = {});
  void import_image(const ImportOptions& options, const BodySource& archive, const OnProgress& on_progress,
                    const Cancel& cancel = {});
  std::string commit(const CommitOptions& options);  // the image's id
  // context: a tar archive, plain or compressed; empty when options.remote is set.
  void build(const BuildOptions& options, const BodySource& context, const OnProgress& on_progress,
             const Cancel& cancel = {});

 private:
  http::ClientRequest request(std::string method, std::string_view path, const Query& query = {});
  // Throws for every status from 400 on.
  http::ClientResponse call(const http::ClientRequest& request, const OnData& on_data = {},
                            const Cancel& cancel = {});
  http::ClientResponse post_json(std::string_view path, std::string body, const Query& query = {});
  void post(std::string_view path, const Query& query = {}, const Cancel& cancel = {});
  std::string get(std::string_view path, const Query& query = {});
  void stream_progress(const http::ClientRequest& request, const OnProgress& on_progress,
                       const Cancel& cancel);
  ProcessStream open_stream(http::ClientRequest request);
  [[noreturn]] void refused(int status, std::string_view body) const;
  void throw_if_unreachable(const Error& error) const;

  http::Client client_;
  std::string address_;
  http::Headers headers_;
  std::mutex mutex_;
  std::string api_version_;
  bool negotiated_;
};

// "docker.io/library/a b" → "docker.io/library/a%20b": escaped for a path, slashes kept.
std::string encode_path(std::string_view name);
// The code of an engine's HTTP status.
ErrorCode error_code_of_status(int status);
// The lower of two "1.N".
std::string lower_version(const std::string& a, const std::string& b);

}  // namespace rundlet::orchestrate
