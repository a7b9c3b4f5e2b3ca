#include "builder/ops/exec_mounts.h"

#include <fmt/format.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec/sha256.h"
#include "base/error.h"
#include "base/fs/atomic_file.h"
#include "builder/ops/copy_tree.h"
#include "builder/ops/select.h"

namespace rundlet::builder::ops {
namespace {

spec::OciMount oci_mount(std::string destination, std::string type, std::string source,
                         std::vector<std::string> options) {
  spec::OciMount mount;
  mount.destination = std::move(destination);
  mount.type = std::move(type);
  mount.source = std::move(source);
  mount.options = std::move(options);
  return mount;
}

Selected select_source(const graph::ExecMount& mount, const fs::RootedPath& tree) {
  std::string pattern;  // the source is a name, not a pattern
  for (char c : mount.source) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  auto found = select(tree, pattern);
  if (found.empty())
    throw_invalid(fmt::format("failed to compute cache key: \"{}\": not found", mount.source));
  return std::move(found.front());
}

// Where an open file of the host lies.
std::string host_path(const Fd& fd) {
  char path[PATH_MAX];
  ssize_t size = ::readlink(fs::fd_path(fd.get()).c_str(), path, sizeof path);
  if (size < 0) throw_errno("readlink");
  return std::string(path, static_cast<size_t>(size));
}

}  // namespace

void ExecMounts::add(const graph::ExecMount& mount, const std::vector<solve::Result>& inputs) {
  switch (mount.type) {
    case graph::ExecMount::Type::bind:
      return add_bind(mount, inputs.at(mount.input));
    case graph::ExecMount::Type::cache:
      return add_cache(mount);
    case graph::ExecMount::Type::tmpfs:
      return add_tmpfs(mount);
    case graph::ExecMount::Type::file:
      return add_file(mount);
  }
}

void ExecMounts::bind(const graph::ExecMount& mount, const std::string& source, bool is_directory) {
  std::string mode = mount.read_only ? "ro" : "rw";
  prepared_.push_back({oci_mount(mount.target, "bind", source, {"rbind", "rprivate", mode}), is_directory});
}

std::string ExecMounts::private_copy(const Selected& selected) {
  std::string name = fmt::format("mount-{}", prepared_.size());
  std::string directory = bundle_.make(name);
  fs::RootedPath to(directory);
  TreeCopier copier(to, {});
  if (!selected.is_directory()) {
    copier.copy_file(selected, "file");
    return directory + "/file";
  }
  copier.copy_directory(selected, ".");
  return directory;
}

// The whole of a snapshot is mounted as it is, and what lies on the host bound from there. Anything else is
// copied: a part of a snapshot is nowhere on the host, and what the step writes must not stay.
void ExecMounts::add_bind(const graph::ExecMount& mount, const solve::Result& from) {
  bool whole_snapshot = mount.source == "/" && !from.snapshot.empty() && mount.read_only;
  if (whole_snapshot) {
    for (const spec::Mount& part : services_.store.snapshots().mounts(from.snapshot)) {
      prepared_.push_back({oci_mount(mount.target, part.type, part.source, part.options), true});
    }
    return;
  }
  Tree tree(from, services_.store.snapshots(), services_.empty_directory());
  Selected selected = select_source(mount, tree.root());
  bool on_host = !from.directory.empty() && mount.read_only;
  bind(mount, on_host ? host_path(selected.fd) : private_copy(selected), selected.is_directory());
}

// Locked: one step at a time. Private: the first directory that nobody uses.
std::string ExecMounts::lock_cache(const graph::ExecMount& mount) {
  std::string name = codec::sha256_hex(mount.id).substr(0, 32);
  if (mount.sharing == "locked") locks_.emplace_back(services_.locks, "cache " + name, cancel_);
  if (mount.sharing != "private") return name;
  for (int i = 1;; ++i) {
    std::string candidate = fmt::format("{}-{}", name, i);
    if (!services_.locks.try_lock("cache " + candidate)) continue;
    locks_.emplace_back(services_.locks, "cache " + candidate);
    return candidate;
  }
}

void ExecMounts::add_cache(const graph::ExecMount& mount) {
  std::string path = services_.cache_mount_directory() + "/" + lock_cache(mount);
  if (::access(path.c_str(), F_OK) != 0) {
    fs::make_directories(path, mount.mode);
    if (::chown(path.c_str(), mount.uid, mount.gid) != 0) throw_errno("chown " + path);
    if (::chmod(path.c_str(), mount.mode) != 0) throw_errno("chmod " + path);
  }
  bind(mount, path, true);
}

void ExecMounts::add_tmpfs(const graph::ExecMount& mount) {
  std::vector<std::string> options = {"nosuid", "nodev", "mode=1777"};
  if (mount.size > 0) options.push_back(fmt::format("size={}", mount.size));
  prepared_.push_back({oci_mount(mount.target, "tmpfs", "tmpfs", options), true});
}

void ExecMounts::add_file(const graph::ExecMount& mount) {
  bind(mount, bundle_.write(fmt::format("file-{}", prepared_.size()), mount.content, 0755), false);
}

std::optional<std::string> digest_of_bind(const graph::ExecMount& mount, const fs::RootedPath& tree) {
  std::vector<Selected> selected;
  selected.push_back(select_source(mount, tree));
  return digest_of(selected, true);
}

}  // namespace rundlet::builder::ops
