// RUN --mount: what a step sees besides its own tree.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "builder/graph/op.h"
#include "builder/ops/select.h"
#include "builder/ops/services.h"
#include "builder/ops/step_bundle.h"
#include "builder/ops/tree.h"
#include "builder/solve/result.h"
#include "spec/oci_runtime.h"

namespace rundlet::builder::ops {

class ExecMounts {
 public:
  ExecMounts(Services& services, const StepBundle& bundle, const Cancel& cancel)
      : services_(services), bundle_(bundle), cancel_(cancel) {}

  void add(const graph::ExecMount& mount, const std::vector<solve::Result>& inputs);

  struct Prepared {
    spec::OciMount mount;
    bool is_directory = true;
  };
  const std::vector<Prepared>& prepared() const { return prepared_; }

 private:
  void add_bind(const graph::ExecMount& mount, const solve::Result& from);
  void add_cache(const graph::ExecMount& mount);
  void add_tmpfs(const graph::ExecMount& mount);
  void add_file(const graph::ExecMount& mount);
  void bind(const graph::ExecMount& mount, const std::string& source, bool is_directory);
  std::string lock_cache(const graph::ExecMount& mount);
  std::string private_copy(const Selected& selected);

  Services& services_;
  const StepBundle& bundle_;
  Cancel cancel_;
  std::vector<Prepared> prepared_;
  std::list<solve::KeyLocks::Held> locks_;  // of caches that are not shared
};

// The digest of what a bind mount shows of its input; nullopt when it shows all of it.
std::optional<std::string> digest_of_bind(const graph::ExecMount& mount, const fs::RootedPath& tree);

}  // namespace rundlet::builder::ops
