#include "base/cancel.h"

#include <cstdint>

#include "base/error.h"

namespace rundlet {

CancelSource::CancelSource() : event_(make_eventfd()) {}

void CancelSource::cancel() noexcept {
  flag_ = true;
  uint64_t one = 1;
  // An eventfd that is already signalled stays so.
  [[maybe_unused]] ssize_t n = ::write(event_.get(), &one, sizeof one);
}

void CancelSource::check() const {
  if (cancelled()) throw_error(ErrorCode::cancelled, "cancelled");
}

void check_cancelled(const Cancel& cancel) {
  if (cancel) cancel->check();
}

}  // namespace rundlet
