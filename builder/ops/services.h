// What ops work with: the store, the daemon around, and this build's own context and lease.
#pragma once

#include <string>

#include "builder/builder.h"
#include "builder/ops/download_store.h"
#include "builder/solve/key_locks.h"
#include "image-store/image_store.h"

namespace rundlet::builder::ops {

struct Services {
  const BuilderPaths& paths;
  image_store::ImageStore& store;
  BuildHost& host;
  DownloadStore& downloads;
  solve::KeyLocks& locks;
  image_store::Lease& lease;
  std::string context_directory;

  std::string empty_directory() const { return paths.root + "/empty"; }
  std::string cache_mount_directory() const { return paths.root + "/cache-mounts"; }
};

}  // namespace rundlet::builder::ops
