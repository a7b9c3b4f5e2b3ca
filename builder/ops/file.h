// COPY, ADD and WORKDIR: files into a tree.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/fs/rooted_path.h"
#include "builder/graph/op.h"

namespace rundlet::builder::ops {

// `inputs[i]` is the tree of the vertex's input i; 0 is what is copied into, as it was before. Docker's
// rules: a directory gives its content; a file goes below a destination that is a directory or ends with '/'.
// Throws "COPY failed: file not found in build context …" and the like.
void copy_files(const graph::CopyOp& op, const std::vector<const fs::RootedPath*>& inputs,
                const fs::RootedPath& to, const Cancel& cancel);

// What the source of that op takes from its tree, as a digest.
std::string digest_of_source(const graph::CopyOp& op, size_t input, const fs::RootedPath& tree);

void make_directory(const graph::MakeDirectoryOp& op, const fs::RootedPath& to);

}  // namespace rundlet::builder::ops
