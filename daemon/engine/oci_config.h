// A container's record as an OCI runtime configuration.
#pragma once

#include "base/fs/rooted_path.h"
#include "daemon/engine/engine.h"
#include "spec/oci_runtime.h"

namespace rundlet::daemon {

// `root` is the container's own tree, for looking up users. Sandbox files and volumes exist already.
spec::OciConfig make_oci_config(const Engine& engine, const ContainerRecord& record, const fs::RootedPath& root);

// The process of an exec session, on the container's own terms.
spec::OciProcess make_exec_process(const ContainerRecord& record, const docker_api::ExecConfig& config,
                                   const fs::RootedPath& root);

// "/rundlet/ID": where the container's processes are accounted.
std::string cgroup_path(const Engine& engine, const ContainerRecord& record);

}  // namespace rundlet::daemon
