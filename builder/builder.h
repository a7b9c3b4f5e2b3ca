// builder: Dockerfile → build graph → snapshots → image. The flow goes one way: dockerfile (AST) → convert →
// graph → solve (cache keys, ready set, parallel) → ops (on snapshots) → export.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/db/sqlite.h"
#include "base/error.h"
#include "image-store/image_store.h"
#include "runtime/client/shim_client.h"
#include "spec/platform.h"

namespace rundlet::builder {

struct BuildRequest {
  std::string context_directory;          // unpacked, private to this build
  std::string dockerfile = "Dockerfile";  // relative to the context
  std::string remote;                     // git or http(s) context instead of a directory
  std::map<std::string, std::optional<std::string>>
      build_args;  // unset value: use the environment's (none here)
  std::map<std::string, std::string> labels;
  std::vector<std::string> tags;  // canonical names
  std::string target;
  std::optional<spec::Platform> platform;
  bool no_cache = false, pull = false;
  std::string network_mode;  // "", "default", "none", "host"
  std::vector<std::string> extra_hosts;
  int64_t memory = 0, shm_size = 0;
};

// One step is one instruction, numbered in the order of the Dockerfile. Its events: started, then either
// output… and done, or cached; nothing more after a failure. A message is a line without its end.
struct BuildEvent {
  enum class Kind { step_started, step_cached, step_output, step_done, message };
  Kind kind;
  int step = 0, steps = 0;  // 1-based, in Dockerfile order
  std::string name;         // "RUN apt-get update"
  std::string stage;        // "build 2/5" when there are several stages, else ""
  std::string id;    // of done and cached steps: 12 hex digits that name the result, "" for FROM scratch
  std::string text;  // output, or the message
  bool is_stderr = false;
};
using BuildProgress = std::function<void(const BuildEvent&)>;

// A RUN whose command did not end with 0: failed_precondition, "The command '…' returned a non-zero code: N".
class StepFailed : public Error {
 public:
  StepFailed(const std::string& message, int exit_status)
      : Error(ErrorCode::failed_precondition, message), exit_status_(exit_status) {}
  int exit_status() const { return exit_status_; }

 private:
  int exit_status_;
};

struct BuildResult {
  image_store::Image image;
};

// What the builder needs from the daemon around it. Called from several threads at once.
class BuildHost {
 public:
  virtual ~BuildHost() = default;
  // The image of a FROM (or COPY --from) that is no stage; pulls when it is missing or `pull` is set.
  virtual image_store::Image resolve_image(const std::string& reference, const spec::Platform& platform,
                                           bool pull, const BuildProgress& progress) = 0;
  // Wires the default network into a build step's namespace, and takes it out again.
  virtual void connect_network(const std::string& step_id, int netns_fd) = 0;
  virtual void disconnect_network(const std::string& step_id) = 0;
  // Content for the step's /etc/resolv.conf.
  virtual std::string resolv_conf() = 0;
};

struct BuilderPaths {
  std::string root;       // ROOT/builder: scratch
  std::string exec_root;  // bundles of running steps
  runtime::RuntimePaths runtime;
  std::string cgroup_parent;
};

class Builder {
 public:
  Builder(BuilderPaths paths, image_store::ImageStore& store, db::Database& database, BuildHost& host);
  ~Builder();
  // Throws invalid_argument with "Dockerfile:LINE: …" for bad input, StepFailed for a failing RUN.
  BuildResult build(const BuildRequest& request, const BuildProgress& progress, const Cancel& cancel = {});
  // Snapshots that the cache holds, for the store's collector.
  std::vector<image_store::SnapshotId> cached_snapshots() const;
  // Removes bundles, snapshots and cgroups of steps that an earlier daemon left.
  void recover();
  // Forgets cached results; returns the bytes they held.
  int64_t prune();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rundlet::builder
