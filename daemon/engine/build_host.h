// The engine as the builder sees it: images to build from, a network for RUN, a resolv.conf.
#pragma once

#include <map>
#include <string>

#include "builder/builder.h"
#include "daemon/engine/engine.h"

namespace rundlet::daemon {

class EngineBuildHost : public builder::BuildHost {
 public:
  explicit EngineBuildHost(Engine& engine) : engine_(engine) {}

  image_store::Image resolve_image(const std::string& reference, const spec::Platform& platform, bool pull,
                                   const builder::BuildProgress& progress) override;
  void connect_network(const std::string& step_id, int netns_fd) override;
  void disconnect_network(const std::string& step_id) override;
  std::string resolv_conf() override;

 private:
  Engine& engine_;
};

}  // namespace rundlet::daemon
