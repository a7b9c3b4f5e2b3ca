#include "daemon/engine/volume_mounts.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "base/codec/compress.h"
#include "base/crash_point.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "daemon/engine/host_config.h"
#include "image-store/layer.h"
#include "image-store/mounted_tree.h"

namespace rundlet::daemon {
namespace {

class FdSink : public codec::Sink {
 public:
  explicit FdSink(int fd) : fd_(fd) {}
  void write(std::string_view data) override { write_all(fd_, data); }

 private:
  int fd_;
};

// One tree into another, by the same code that reads and writes layers: a pipe with a tar stream between two
// threads.
void copy_tree(int from, const std::string& to) {
  Pipe pipe = make_pipe();
  std::exception_ptr failure;
  std::thread writer([&] {
    try {
      FdSink sink(pipe.write.get());
      image_store::diff_layer(fs::fd_path(from), sink);
    } catch (...) {
      failure = std::current_exception();
    }
    pipe.write.reset();
  });
  std::exception_ptr reader_failure;
  try {
    auto source = codec::fd_source(pipe.read.get());
    image_store::apply_layer(*source, to);
  } catch (...) {
    reader_failure = std::current_exception();
  }
  pipe.read.reset();  // a writer that still writes gets EPIPE
  writer.join();
  if (failure) std::rethrow_exception(failure);
  if (reader_failure) std::rethrow_exception(reader_failure);
}

void copy_owner_and_mode(int from, const std::string& to) {
  struct stat info;
  if (::fstat(from, &info) < 0) throw_errno("stat volume source");
  if (::chown(to.c_str(), info.st_uid, info.st_gid) < 0) throw_errno("chown " + to);
  if (::chmod(to.c_str(), info.st_mode & 07777) < 0) throw_errno("chmod " + to);
}

void fill_from_image(const image_store::MountedTree& image, const docker_api::MountPoint& mount) {
  if (!image.root().exists(mount.destination)) return;
  Fd source = image.root().open(mount.destination, O_RDONLY);
  struct stat info;
  if (::fstat(source.get(), &info) < 0) throw_errno("stat " + mount.destination);
  if (!S_ISDIR(info.st_mode)) return;
  copy_tree(source.get(), mount.source);
  copy_owner_and_mode(source.get(), mount.source);
}

bool wants_copy(const docker_api::HostConfig& host, const docker_api::MountPoint& mount) {
  if (("," + mount.mode + ",").find(",nocopy,") != std::string::npos) return false;
  return std::none_of(host.mounts.begin(), host.mounts.end(), [&](const docker_api::MountRequest& request) {
    return request.target == mount.destination && request.volume_options && request.volume_options->no_copy;
  });
}

bool is_anonymous_name(const ContainerRecord& record, const docker_api::MountPoint& mount) {
  if (mount.name.size() != 64) return false;
  auto named = [&](const std::string& specification) { return specification.starts_with(mount.name + ":"); };
  const auto& host = record.host_config;
  return std::none_of(host.binds.begin(), host.binds.end(), named) &&
         std::none_of(host.mounts.begin(), host.mounts.end(),
                      [&](const auto& m) { return m.source == mount.name; });
}

bool used_by_another(const Engine& engine, const ContainerRecord& record, const std::string& volume) {
  for (const ContainerPtr& container : engine.containers.all()) {
    if (container->id() == record.id) continue;
    for (const docker_api::MountPoint& mount : container->record().mounts)
      if (mount.type == "volume" && mount.name == volume) return true;
  }
  return false;
}

// docker makes the missing source of a -v bind; that of a --mount must exist.
void check_bind_source(const docker_api::HostConfig& host, const docker_api::MountPoint& mount) {
  struct stat info;
  if (::stat(mount.source.c_str(), &info) == 0) return;
  if (errno != ENOENT) throw_errno("bind source " + mount.source);
  for (const auto& request : host.mounts)
    if (request.target == mount.destination &&
        !(request.bind_options && request.bind_options->create_mountpoint))
      throw_invalid("invalid mount config for type \"bind\": bind source path does not exist: " +
                    mount.source);
  fs::make_directories(mount.source, 0755);
}

}  // namespace

void make_volumes(Engine& engine, Container& container, const image_store::SnapshotId& base) {
  ContainerRecord record = container.record();
  std::optional<image_store::MountedTree> image;
  for (docker_api::MountPoint& mount : record.mounts) {
    if (mount.type == "bind") check_bind_source(record.host_config, mount);
    if (mount.type != "volume") continue;
    auto obtained = engine.volumes.obtain(mount.name, is_anonymous_name(record, mount));
    mount.source = obtained.volume.mountpoint;
    if (!obtained.created || base.empty() || !wants_copy(record.host_config, mount)) continue;
    if (!image) image.emplace(engine.images.snapshots().mounts(base));
    fill_from_image(*image, mount);
    crash_point("volume.after_fill");
  }
  container.change([&](ContainerRecord& r) { r.mounts = record.mounts; });
}

void remove_anonymous_volumes(Engine& engine, const ContainerRecord& record) {
  for (const docker_api::MountPoint& mount : record.mounts) {
    if (mount.type != "volume") continue;
    auto volume = engine.volumes.find(mount.name);
    if (volume && volume->anonymous && !used_by_another(engine, record, mount.name))
      engine.volumes.remove(mount.name);
  }
}

}  // namespace rundlet::daemon
