// The parent's side: makes the child that sets itself up.
#pragma once

#include <sys/types.h>

#include "runtime/init/channel.h"
#include "runtime/init/plan.h"

namespace rundlet::runtime {

struct ClonedChild {
  pid_t pid = -1;
  Fd pidfd;
  Channel channel;
};

// Decides what the child does; opens namespaces. Throws for what the configuration asks and cannot be had.
InitPlan plan_init(const std::string& id, const std::string& bundle, spec::OciConfig config,
                   const Cgroup* cgroup);

// Mounts, in the caller's own mount namespace, what a child in a user namespace is not allowed to: call it in
// a process whose mount namespace is its own. Does nothing when the plan has no user namespace.
void mount_rootfs_for_user_namespace(InitPlan& plan);

// The child goes on by itself until it waits (message.h). Writes the id mappings of a new user namespace.
ClonedChild clone_init(const InitPlan& plan);
ClonedChild clone_exec(const ExecPlan& plan);

// Kills and reaps a child that will not become anything.
void abandon(const ClonedChild& child);

// CLONE_NEW* of all namespaces that a process joining the container enters. The pid namespace is among them.
int exec_namespaces(const NamespacePlan& plan);

}  // namespace rundlet::runtime
