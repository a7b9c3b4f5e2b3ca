// What a vertex comes to: a committed snapshot, or, for sources, a directory outside the store.
#pragma once

#include <string>

#include "base/clock.h"

namespace rundlet::builder::solve {

struct Result {
  std::string snapshot;     // image_store::SnapshotId; "" is the empty tree
  std::string directory;    // set: a source (the build context, a download) that lies there
  std::string content_key;  // names what it holds, whatever way it came about
  TimePoint created;
};

}  // namespace rundlet::builder::solve
