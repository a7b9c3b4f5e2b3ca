#include "image-store/transfer/workers.h"

#include <chrono>
#include <exception>

#include "base/error.h"

namespace rundlet::image_store {
namespace {

constexpr auto kPollInterval = std::chrono::milliseconds(50);

}  // namespace

Workers::Workers(size_t threads, Cancel outer)
    : outer_(std::move(outer)), inner_(std::make_shared<CancelSource>()), pool_(threads) {}

Workers::~Workers() {
  inner_->cancel();
}

void Workers::submit(std::function<void()> work) {
  running_.push_back(pool_.submit([this, work = std::move(work)] {
    inner_->check();
    work();
  }));
}

void Workers::relay_cancel() const {
  if (outer_ && outer_->cancelled()) inner_->cancel();
}

void Workers::finish() {
  std::exception_ptr first;
  while (!running_.empty()) {
    relay_cancel();
    bool moved = false;
    for (size_t i = 0; i < running_.size();) {
      if (running_[i].wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
        ++i;
        continue;
      }
      moved = true;
      try {
        running_[i].get();
      } catch (...) {
        if (!first) first = std::current_exception();
        inner_->cancel();
      }
      running_.erase(running_.begin() + static_cast<ptrdiff_t>(i));
    }
    if (!moved) running_.front().wait_for(kPollInterval);
  }
  check_cancelled(outer_);
  if (first) std::rethrow_exception(first);
}

}  // namespace rundlet::image_store
