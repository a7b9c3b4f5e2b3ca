// Cancellation of long work: a flag that threads poll between steps and a descriptor that poll(2) can wait on.
#pragma once

#include <atomic>
#include <memory>

#include "base/fd.h"

namespace rundlet {

class CancelSource {
 public:
  CancelSource();
  void cancel() noexcept;
  bool cancelled() const noexcept { return flag_.load(); }
  // Readable once cancelled.
  int fd() const { return event_.get(); }
  // Throws Error cancelled.
  void check() const;

 private:
  std::atomic<bool> flag_{false};
  Fd event_;
};
// Shared by whoever may cancel and whoever works; null means "cannot be cancelled".
using Cancel = std::shared_ptr<CancelSource>;
void check_cancelled(const Cancel& cancel);

}  // namespace rundlet
