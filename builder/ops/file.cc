#include "builder/ops/file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>

#include "base/codec/sha256.h"
#include "base/error.h"
#include "builder/ops/copy_tree.h"
#include "builder/ops/extract.h"
#include "builder/ops/select.h"
#include "image-store/user_lookup.h"

namespace rundlet::builder::ops {
namespace {

// Follows symlinks inside the tree.
bool is_directory(const fs::RootedPath& tree, const std::string& path) {
  try {
    tree.open(path, O_PATH | O_DIRECTORY);
    return true;
  } catch (const Error& e) {
    if (e.errno_value() == ENOENT || e.errno_value() == ENOTDIR) return false;
    throw;
  }
}

[[noreturn]] void fail(const graph::CopyOp& op, const std::string& what) {
  throw_invalid(fmt::format("{} failed: {}", op.add ? "ADD" : "COPY", what));
}

std::vector<Selected> select_or_fail(const graph::CopyOp& op, const graph::CopyOp::Source& source,
                                     const fs::RootedPath& tree) {
  auto found = select(tree, source.path);
  if (!found.empty()) return found;
  if (source.path.find_first_of("*?[") != source.path.npos) fail(op, "no source files were specified");
  fail(op, fmt::format(
               "file not found in build context or excluded by .dockerignore: stat {}: file does not exist",
               source.path));
}

class CopyRun {
 public:
  CopyRun(const graph::CopyOp& op, const fs::RootedPath& to, const CopyAttributes& attributes,
          const Cancel& cancel)
      : op_(op), to_(to), attributes_(attributes), cancel_(cancel), copier_(to, attributes) {}

  void add_content(const graph::CopyOp::Source& source) {
    bool into = into_directory();
    copier_.write_file(into ? op_.destination + "/" + source.path : op_.destination, source.content, 0644);
  }
  void add(const graph::CopyOp::Source& source, const fs::RootedPath& tree) {
    auto selected = select_or_fail(op_, source, tree);
    if (selected.size() > 1 && !into_directory()) {
      fail(op_,
           fmt::format(
               "When using {} with more than one source file, the destination must be a directory and end "
               "with a /",
               op_.add ? "ADD" : "COPY"));
    }
    for (const Selected& one : selected) {
      check_cancelled(cancel_);
      add_one(source, one);
    }
  }

 private:
  bool into_directory() const { return op_.destination.ends_with('/') || is_directory(to_, op_.destination); }

  void add_one(const graph::CopyOp::Source& source, const Selected& one) {
    if (one.is_directory()) {
      copier_.copy_directory(one, op_.destination);
    } else if (!source.unpack || !extract_archive(one, to_, op_.destination, archive_owner())) {
      copier_.copy_file(one, into_directory() ? op_.destination + "/" + one.name : op_.destination);
    }
  }
  // An archive knows its owners; only --chown overrules it.
  std::optional<image_store::Owner> archive_owner() const {
    return op_.owner.empty() ? std::nullopt : attributes_.owner;
  }

  const graph::CopyOp& op_;
  const fs::RootedPath& to_;
  CopyAttributes attributes_;
  const Cancel& cancel_;
  TreeCopier copier_;
};

}  // namespace

void copy_files(const graph::CopyOp& op, const std::vector<const fs::RootedPath*>& inputs,
                const fs::RootedPath& to, const Cancel& cancel) {
  CopyAttributes attributes{{}, op.mode};
  if (!op.owner.empty()) {
    attributes.owner = image_store::lookup_owner(*inputs.at(0), op.owner);
  } else if (op.root_owner) {
    attributes.owner = image_store::Owner{};
  }
  CopyRun run(op, to, attributes, cancel);
  for (const graph::CopyOp::Source& source : op.sources) {
    if (source.input == 0) {
      run.add_content(source);
    } else {
      run.add(source, *inputs.at(source.input));
    }
  }
}

std::string digest_of_source(const graph::CopyOp& op, size_t input, const fs::RootedPath& tree) {
  std::string text;
  bool with_owner = op.owner.empty() && !op.root_owner;
  for (const graph::CopyOp::Source& source : op.sources) {
    if (source.input == input) text += digest_of(select_or_fail(op, source, tree), with_owner) + "\n";
  }
  return codec::sha256_hex(text);
}

void make_directory(const graph::MakeDirectoryOp& op, const fs::RootedPath& to) {
  if (is_directory(to, op.path)) return;
  image_store::Owner owner;
  if (!op.owner.empty()) {
    image_store::UserIds ids = image_store::lookup_user(to, op.owner);
    owner = {ids.uid, ids.gid};
  }
  to.make_directories(op.path, 0755, owner.uid, owner.gid);
}

}  // namespace rundlet::builder::ops
