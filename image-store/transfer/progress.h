// What pull, push and load tell: docker's words, from several threads, one message at a time and no more
// often than a reader can follow.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/cancel.h"
#include "image-store/image_store.h"

namespace rundlet::image_store {

// "sha256:0123456789ab…" as users see it: 12 hex digits.
std::string short_id(const spec::Digest& digest);

class Progress {
 public:
  // An empty function is fine: nothing is told then.
  explicit Progress(const ProgressFn& to) : to_(to) {}

  // A line about the whole: {"status"}, or with an id in front: {"status", "id"}.
  void line(const std::string& status, const std::string& id = "");
  // {"stream"}, text that stands alone.
  void stream(const std::string& text);
  // A layer enters another phase: {"status", "progressDetail": {}, "id"}.
  void phase(const std::string& id, const std::string& status);
  // Bytes moved in a phase; at most ten messages a second and id, and always the last one.
  void moved(const std::string& id, const std::string& status, uint64_t current, uint64_t total);
  void aux(const std::string& json);
  // For those who make messages of their own; checks `cancel` before each. Must not outlive this object.
  ProgressFn forward(const Cancel& cancel);

 private:
  void tell(const spec::docker_api::ProgressMessage& message);

  const ProgressFn& to_;
  std::mutex mutex_;
  std::map<std::string, int64_t> told_at_;  // id → steady milliseconds
};

}  // namespace rundlet::image_store
