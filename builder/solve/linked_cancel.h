// A cancellation of our own that follows another one.
#pragma once

#include <thread>

#include "base/cancel.h"
#include "base/fd.h"

namespace rundlet::builder::solve {

class LinkedCancel {
 public:
  // `outer` may be null.
  explicit LinkedCancel(const Cancel& outer);
  ~LinkedCancel();
  LinkedCancel(const LinkedCancel&) = delete;

  const Cancel& get() const { return inner_; }

 private:
  Cancel inner_;
  Fd end_;  // written when the watcher is to end
  std::thread watcher_;
};

}  // namespace rundlet::builder::solve
