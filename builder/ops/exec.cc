#include "builder/ops/exec.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "base/fs/remove_tree.h"
#include "base/log.h"
#include "builder/ops/exec_config.h"
#include "builder/ops/exec_mounts.h"
#include "builder/ops/scaffold.h"
#include "builder/ops/step_bundle.h"
#include "builder/ops/step_process.h"
#include "builder/ops/tree.h"
#include "spec/oci_defaults.h"

namespace rundlet::builder::ops {
namespace {

class ExecStep {
 public:
  ExecStep(Services& services, const graph::Vertex& vertex, const std::vector<solve::Result>& inputs,
           solve::Observer& observer, const Cancel& cancel)
      : services_(services),
        vertex_(vertex),
        op_(std::get<graph::ExecOp>(vertex.op)),
        inputs_(inputs),
        observer_(observer),
        cancel_(cancel),
        snapshot_(services.store.snapshots(), inputs.at(0).snapshot, "build/exec"),
        bundle_(services.paths.exec_root, services.paths.cgroup_parent),
        mounts_(services, bundle_, cancel) {}

  image_store::SnapshotId run() {
    services_.lease.add_snapshot(snapshot_.id());
    for (const graph::ExecMount& mount : op_.mounts) mounts_.add(mount, inputs_);
    ExecSetup setup = prepare();
    runtime::ShimSpec spec = shim_spec(setup);
    int status = run_process(spec);
    if (status != 0) fail(status);
    work_.reset();
    return snapshot_.commit();
  }

 private:
  // The overlay of a snapshot without a parent needs a work directory that the store does not give.
  class WorkDirectory {
   public:
    explicit WorkDirectory(std::string path) : path_(std::move(path)) { fs::make_directories(path_, 0700); }
    ~WorkDirectory() {
      try {
        fs::remove_tree(path_);
      } catch (const std::exception& e) {
        log::error("{}: {}", path_, e.what());
      }
    }
    WorkDirectory(const WorkDirectory&) = delete;
    const std::string& path() const { return path_; }

   private:
    std::string path_;
  };

  ExecSetup prepare() {
    ExecSetup setup;
    setup.rootfs = bundle_.make("rootfs");
    setup.cgroup = bundle_.cgroup();
    setup.hostname = bundle_.id().substr(0, 12);
    setup.hosts_file = bundle_.write("hosts", hosts_content(op_, setup.hostname));
    setup.hostname_file = bundle_.write("hostname", setup.hostname + "\n");
    bool host = op_.network == "host";
    setup.resolv_file =
        bundle_.write("resolv.conf", host ? read_file("/etc/resolv.conf") : services_.host.resolv_conf());
    setup.mounts = mounts_.prepared();
    Tree tree(inputs_[0], services_.store.snapshots(), services_.empty_directory());
    setup.user = image_store::lookup_user(tree.root(), op_.user);
    return setup;
  }

  runtime::ShimSpec shim_spec(const ExecSetup& setup) {
    runtime::ShimSpec spec;
    spec.id = bundle_.id();
    spec.bundle = bundle_.path();
    spec.config = exec_config(op_, setup);
    spec.rootfs = root_mounts(spec.config);
    spec.wait_for_network = op_.network == "default";
    spec.ephemeral = true;
    spec.log.driver = "none";
    auto profile = runtime::default_seccomp(spec::default_capabilities());
    spec.seccomp_file = runtime::compile_seccomp(profile, services_.paths.runtime.cache_directory);
    return spec;
  }

  // The snapshot's mount, with the missing mount points as one more layer below the writable one.
  std::vector<spec::Mount> root_mounts(const spec::OciConfig& config) {
    std::vector<spec::Mount> mounts = services_.store.snapshots().mounts(snapshot_.id());
    std::string scaffold = bundle_.make("scaffold");
    Tree tree(inputs_[0], services_.store.snapshots(), services_.empty_directory());
    if (!make_scaffold(tree.root(), mount_points(config), scaffold)) return mounts;
    spec::Mount& mount = mounts.at(0);
    if (mount.type == "overlay") {
      for (std::string& option : mount.options) {
        if (option.starts_with("lowerdir=")) option = "lowerdir=" + scaffold + ":" + option.substr(9);
      }
    } else {
      work_ = std::make_unique<WorkDirectory>(services_.paths.root + "/work-" + snapshot_.id());
      mount = {
          "",
          "overlay",
          "overlay",
          {"lowerdir=" + scaffold, "upperdir=" + services_.store.snapshots().own_directory(snapshot_.id()),
           "workdir=" + work_->path()}};
    }
    return mounts;
  }

  // Those under /dev, /proc and /sys lie in file systems that are mounted there.
  std::vector<MountPoint> mount_points(const spec::OciConfig& config) const {
    std::vector<MountPoint> points;
    for (const spec::OciMount& mount : config.mounts) {
      const std::string& path = mount.destination;
      if (path.starts_with("/dev/") || path.starts_with("/proc/") || path.starts_with("/sys/")) continue;
      points.push_back({path, is_directory(mount)});
    }
    return points;
  }
  bool is_directory(const spec::OciMount& mount) const {
    for (const ExecMounts::Prepared& prepared : mounts_.prepared()) {
      if (prepared.mount.destination == mount.destination) return prepared.is_directory;
    }
    return mount.type != "bind";
  }

  int run_process(const runtime::ShimSpec& spec) {
    auto write = [this](std::string_view text, bool is_stderr) {
      observer_.output(vertex_, text, is_stderr);
    };
    StepProcess process(services_.paths.runtime, spec, write);
    if (op_.network == "default") process.connect(services_.host);
    return process.run(cancel_);
  }

  [[noreturn]] void fail(int status) const {
    std::string command;
    for (const std::string& word : op_.argv) command += (command.empty() ? "" : " ") + word;
    throw StepFailed(fmt::format("The command '{}' returned a non-zero code: {}", command, status), status);
  }

  Services& services_;
  const graph::Vertex& vertex_;
  const graph::ExecOp& op_;
  const std::vector<solve::Result>& inputs_;
  solve::Observer& observer_;
  const Cancel& cancel_;
  WorkingSnapshot snapshot_;
  std::unique_ptr<WorkDirectory> work_;
  StepBundle bundle_;
  ExecMounts mounts_;
};

}  // namespace

image_store::SnapshotId run_exec(Services& services, const graph::Vertex& vertex,
                                 const std::vector<solve::Result>& inputs, solve::Observer& observer,
                                 const Cancel& cancel) {
  return ExecStep(services, vertex, inputs, observer, cancel).run();
}

}  // namespace rundlet::builder::ops
