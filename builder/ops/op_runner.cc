#include "builder/ops/op_runner.h"

#include <list>

#include "base/error.h"
#include "builder/ops/exec.h"
#include "builder/ops/exec_mounts.h"
#include "builder/ops/file.h"
#include "builder/ops/tree.h"

namespace rundlet::builder::ops {

std::optional<solve::Result> OpRunner::source(const graph::Vertex& vertex, const Cancel& cancel) {
  solve::Result result;
  if (std::holds_alternative<graph::ContextOp>(vertex.op)) {
    result.directory = services_.context_directory;
    return result;
  }
  const auto* http = std::get_if<graph::HttpOp>(&vertex.op);
  if (http == nullptr) return {};
  result.directory = services_.downloads.fetch(http->url, http->file_name, http->checksum, cancel).directory;
  return result;
}

std::optional<std::string> OpRunner::source_key(const graph::Vertex& vertex) {
  if (const auto* image = std::get_if<graph::ImageOp>(&vertex.op)) return "image " + image->chain.str();
  return {};
}

std::optional<std::string> OpRunner::selection(const graph::Vertex& vertex, size_t input,
                                               const solve::Result& from) {
  bool outside = !from.directory.empty();
  auto tree = [&] { return Tree(from, services_.store.snapshots(), services_.empty_directory()); };
  if (const auto* copy = std::get_if<graph::CopyOp>(&vertex.op)) {
    if (input == 0) return {};
    return digest_of_source(*copy, input, tree().root());
  }
  const auto* exec = std::get_if<graph::ExecOp>(&vertex.op);
  if (exec == nullptr || input == 0) return {};
  for (const graph::ExecMount& mount : exec->mounts) {
    bool ours = mount.type == graph::ExecMount::Type::bind && mount.input == input;
    if (ours && (outside || mount.source != "/")) return digest_of_bind(mount, tree().root());
  }
  return {};
}

// The lease first: what it holds cannot go between the check and the use.
bool OpRunner::keep(const solve::Result& result) {
  if (result.snapshot.empty()) return true;
  services_.lease.add_snapshot(result.snapshot);
  auto info = services_.store.snapshots().info(result.snapshot);
  return info && info->committed;
}

std::string OpRunner::unpack_image(const graph::ImageOp& op) {
  auto image = services_.store.get(op.image_id.str());
  return services_.store.unpack(image, services_.lease);
}

std::string OpRunner::copy(const graph::CopyOp& op, const std::vector<solve::Result>& inputs,
                           const Cancel& cancel) {
  image_store::Snapshotter& snapshots = services_.store.snapshots();
  WorkingSnapshot snapshot(snapshots, inputs.at(0).snapshot, "build/copy");
  services_.lease.add_snapshot(snapshot.id());
  {
    std::list<Tree> trees;
    std::vector<const fs::RootedPath*> roots;
    for (const solve::Result& input : inputs) {
      roots.push_back(&trees.emplace_back(input, snapshots, services_.empty_directory()).root());
    }
    image_store::MountedTree target(snapshots.mounts(snapshot.id()));
    copy_files(op, roots, target.root(), cancel);
  }
  return snapshot.commit();
}

std::string OpRunner::make_directory(const graph::MakeDirectoryOp& op, const solve::Result& input) {
  image_store::Snapshotter& snapshots = services_.store.snapshots();
  WorkingSnapshot snapshot(snapshots, input.snapshot, "build/mkdir");
  services_.lease.add_snapshot(snapshot.id());
  {
    image_store::MountedTree target(snapshots.mounts(snapshot.id()));
    ops::make_directory(op, target.root());
  }
  return snapshot.commit();
}

solve::Result OpRunner::run(const graph::Vertex& vertex, const std::vector<solve::Result>& inputs,
                            solve::Observer& observer, const Cancel& cancel) {
  solve::Result result;
  if (const auto* image = std::get_if<graph::ImageOp>(&vertex.op)) {
    result.snapshot = unpack_image(*image);
  } else if (const auto* copy_op = std::get_if<graph::CopyOp>(&vertex.op)) {
    result.snapshot = copy(*copy_op, inputs, cancel);
  } else if (const auto* directory = std::get_if<graph::MakeDirectoryOp>(&vertex.op)) {
    result.snapshot = make_directory(*directory, inputs.at(0));
  } else if (std::holds_alternative<graph::ExecOp>(vertex.op)) {
    result.snapshot = run_exec(services_, vertex, inputs, observer, cancel);
  } else {
    throw_error(ErrorCode::internal, "a source cannot be run");
  }
  return result;
}

}  // namespace rundlet::builder::ops
