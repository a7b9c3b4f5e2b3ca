#include "builder/builder.h"

#include <algorithm>
#include <shared_mutex>

#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/log.h"
#include "builder/context/context.h"
#include "builder/convert/convert.h"
#include "builder/dockerfile/parser.h"
#include "builder/export/image_writer.h"
#include "builder/image_resolver.h"
#include "builder/layer_progress.h"
#include "builder/ops/op_runner.h"
#include "builder/ops/step_bundle.h"
#include "builder/progress.h"
#include "builder/solve/scheduler.h"

namespace rundlet::builder {
namespace {

constexpr size_t kWorkers = 4;  // steps at once, of one build

std::string scratch_directory(const BuilderPaths& paths) {
  return paths.root + "/scratch";
}

convert::Options convert_options(const BuildRequest& request) {
  convert::Options options;
  options.build_args = request.build_args;
  options.labels = request.labels;
  options.target = request.target;
  if (request.platform) options.platform = *request.platform;
  options.network = request.network_mode;
  options.extra_hosts = request.extra_hosts;
  options.memory = request.memory;
  options.shm_size = request.shm_size;
  return options;
}

void tell(const BuildProgress& progress, const std::string& text) {
  BuildEvent event{};
  event.kind = BuildEvent::Kind::message;
  event.text = text;
  progress(event);
}

// One caller at a time: events come from several threads.
BuildProgress serialised(const BuildProgress& progress) {
  auto mutex = std::make_shared<std::mutex>();
  return [progress, mutex](const BuildEvent& event) {
    std::lock_guard lock(*mutex);
    if (progress) progress(event);
  };
}

}  // namespace

struct Builder::State {
  State(BuilderPaths p, image_store::ImageStore& s, db::Database& database, BuildHost& h)
      : paths(std::move(p)),
        store(s),
        host(h),
        cache(database),
        records(database),
        times(database),
        downloads(paths.root + "/downloads", database) {}

  BuilderPaths paths;
  image_store::ImageStore& store;
  BuildHost& host;
  solve::CacheStore cache;
  solve::KeyLocks locks;
  exporter::LayerRecords records;
  exporter::ImageTimes times;
  ops::DownloadStore downloads;
  std::shared_mutex in_use;  // builds share it; whoever removes files they may use has it alone
};

Builder::Builder(BuilderPaths paths, image_store::ImageStore& store, db::Database& database,
                 BuildHost& host) {
  fs::make_directories(paths.root + "/empty", 0755);
  fs::make_directories(paths.exec_root, 0700);
  state_ = std::make_unique<State>(std::move(paths), store, database, host);
}

Builder::~Builder() = default;

BuildResult Builder::build(const BuildRequest& request, const BuildProgress& progress, const Cancel& cancel) {
  State& state = *state_;
  std::shared_lock in_use(state.in_use);
  BuildProgress tell_one = serialised(progress);
  auto lease = state.store.lease("build");
  context::Context context = context::open_context(
      request.context_directory, request.remote, request.dockerfile, scratch_directory(state.paths), cancel);
  dockerfile::Dockerfile file = dockerfile::parse(context.dockerfile);
  ImageResolver images(state.store, state.host, *lease, request.pull, tell_one);
  convert::Plan plan = convert::convert(file, convert_options(request), images);
  for (const std::string& warning : plan.warnings) tell(tell_one, warning);

  ops::Services services{state.paths, state.store, state.host,       state.downloads,
                         state.locks, *lease,      context.directory};
  ops::OpRunner runner(services);
  exporter::LayerWriter layers(state.store, state.records, *lease);
  StepProgress steps(plan, tell_one);
  LayerProgress watch(plan, state.store.snapshots(), layers, steps);
  auto results = solve::solve(plan.layers, runner, state.cache, state.locks, watch,
                              {kWorkers, request.no_cache, cancel});
  steps.finish();
  check_cancelled(cancel);
  return {exporter::write_image(state.store, layers, state.times, *lease,
                                {plan, results, request.tags, request.no_cache})};
}

std::vector<image_store::SnapshotId> Builder::cached_snapshots() const {
  return state_->cache.snapshots();
}

void Builder::recover() {
  State& state = *state_;
  ops::recover_bundles(state.paths.exec_root, state.paths.cgroup_parent);
  fs::remove_tree(scratch_directory(state.paths));
  for (const image_store::SnapshotInfo& info : state.store.snapshots().list()) {
    if (!info.committed && info.label.starts_with("build/")) state.store.snapshots().remove(info.id);
  }
  // Now, since the ids of snapshots that are gone may be given again.
  for (const image_store::SnapshotId& id : state.cache.snapshots()) {
    if (!state.store.snapshots().info(id)) state.cache.forget_snapshot(id);
  }
}

int64_t Builder::prune() {
  State& state = *state_;
  image_store::Snapshotter& snapshots = state.store.snapshots();
  int64_t bytes = 0;
  for (const image_store::SnapshotId& id : state.cache.snapshots()) {
    // Named snapshots belong to an image as well.
    if (snapshots.info(id) && !snapshots.chain_of(id)) bytes += snapshots.usage(id);
  }
  state.cache.clear();
  state.records.clear();
  state.times.clear();
  std::unique_lock alone(state.in_use, std::try_to_lock);
  if (!alone) return bytes;  // running builds keep their cache mounts and downloads
  std::string mounts = state.paths.root + "/cache-mounts";
  bytes += fs::tree_size(state.paths.root + "/downloads") + fs::tree_size(mounts);
  state.downloads.clear();
  fs::remove_tree(mounts);
  return bytes;
}

}  // namespace rundlet::builder
