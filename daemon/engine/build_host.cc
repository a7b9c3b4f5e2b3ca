#include "daemon/engine/build_host.h"

#include "daemon/engine/sandbox.h"
#include "image-store/transfer/transfer.h"

namespace rundlet::daemon {

image_store::Image EngineBuildHost::resolve_image(const std::string& reference, const spec::Platform& platform,
                                                  bool pull, const builder::BuildProgress& progress) {
  auto local = engine_.images.find(reference);
  if (local && !pull) return *local;
  image_store::PullRequest request;
  request.reference = spec::Reference::parse(reference);
  request.platform = platform;
  request.registries = engine_.config.registries;
  auto show = [&](const docker_api::ProgressMessage& message) {
    std::string line = message.id.empty() ? message.status : message.id + ": " + message.status;
    // Bars are for terminals: a build's output keeps only what happened.
    if (message.progress_detail && message.progress_detail->current) return;
    builder::BuildEvent event{};
    event.kind = builder::BuildEvent::Kind::message;
    event.text = line;
    progress(event);
  };
  return image_store::pull(engine_.images, request, show).image;
}

void EngineBuildHost::connect_network(const std::string& step_id, int netns_fd) {
  engine_.network.connect(step_id, netns_fd, {});
}

void EngineBuildHost::disconnect_network(const std::string& step_id) { engine_.network.disconnect(step_id); }

std::string EngineBuildHost::resolv_conf() { return container_resolv_conf(engine_.config, {}); }

}  // namespace rundlet::daemon
