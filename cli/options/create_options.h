// What run and create do before there is a container: pull policy, the cid file, the create call.
#pragma once

#include <string>

#include "cli/options/container_options.h"
#include "cli/session.h"

namespace rundlet::cli {

struct PullOptions {
  std::string policy = "missing";  // always, missing, never
  bool quiet = false;
};

void add_pull_flags(FlagSet& flags, PullOptions& pull);
// Throws invalid_argument.
void check_pull_options(const PullOptions& pull);

// Pulls the image as the policy says, creates the container, prints the engine's warnings on stderr and
// writes the cid file. Gives the container's id.
std::string create_container(Session& session, const spec::docker_api::CreateContainerRequest& request,
                             const ContainerOptions& options, const PullOptions& pull);

}  // namespace rundlet::cli
