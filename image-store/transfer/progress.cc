#include "image-store/transfer/progress.h"

#include "base/clock.h"

namespace rundlet::image_store {
namespace {

constexpr int64_t kIntervalMillis = 100;

}  // namespace

std::string short_id(const spec::Digest& digest) {
  return std::string(digest.hex().substr(0, 12));
}

void Progress::tell(const spec::docker_api::ProgressMessage& message) {
  std::lock_guard lock(mutex_);
  if (to_) to_(message);
}

void Progress::line(const std::string& status, const std::string& id) {
  spec::docker_api::ProgressMessage message;
  message.status = status;
  message.id = id;
  tell(message);
}

void Progress::stream(const std::string& text) {
  spec::docker_api::ProgressMessage message;
  message.stream = text;
  tell(message);
}

void Progress::phase(const std::string& id, const std::string& status) {
  spec::docker_api::ProgressMessage message;
  message.status = status;
  message.id = id;
  message.progress_detail.emplace();
  tell(message);
}

void Progress::moved(const std::string& id, const std::string& status, uint64_t current, uint64_t total) {
  {
    std::lock_guard lock(mutex_);
    int64_t now = steady_millis();
    int64_t& told = told_at_[id];
    if (current != total && now - told < kIntervalMillis) return;
    told = now;
  }
  spec::docker_api::ProgressMessage message;
  message.status = status;
  message.id = id;
  message.progress_detail = {static_cast<int64_t>(current), static_cast<int64_t>(total)};
  tell(message);
}

ProgressFn Progress::forward(const Cancel& cancel) {
  return [this, cancel](const spec::docker_api::ProgressMessage& message) {
    check_cancelled(cancel);
    tell(message);
  };
}

void Progress::aux(const std::string& json) {
  spec::docker_api::ProgressMessage message;
  message.progress_detail.emplace();
  message.aux = {json};
  tell(message);
}

}  // namespace rundlet::image_store
