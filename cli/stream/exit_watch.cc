#include "cli/stream/exit_watch.h"

#include <sys/eventfd.h>

namespace rundlet::cli {

ExitWatch::ExitWatch(orchestrate::EngineClient& engine, const std::string& id, const std::string& condition)
    : cancel_(std::make_shared<CancelSource>()), done_(make_eventfd()) {
  std::promise<spec::docker_api::WaitResult> result;
  result_ = result.get_future();
  auto registered = registered_.get_future();
  thread_ = std::jthread([this, &engine, id, condition, result = std::move(result)]() mutable {
    bool told = false;
    try {
      result.set_value(engine.wait_container(
          id, condition,
          [&] {
            told = true;
            registered_.set_value();
          },
          cancel_));
    } catch (...) {
      result.set_exception(std::current_exception());
    }
    if (!told) registered_.set_value();
    ::eventfd_write(done_.get(), 1);
  });
  registered.wait();
}

ExitWatch::~ExitWatch() {
  cancel_->cancel();
}

}  // namespace rundlet::cli
