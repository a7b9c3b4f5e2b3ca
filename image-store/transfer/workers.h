// A bounded number of threads for the parts of one transfer: the first failure cancels the others, and so
// does the caller's cancel.
#pragma once

#include <functional>
#include <future>
#include <vector>

#include "base/cancel.h"
#include "base/thread_pool.h"

namespace rundlet::image_store {

class Workers {
 public:
  Workers(size_t threads, Cancel outer);
  // Cancels what still runs and waits for it.
  ~Workers();

  // What the work must poll.
  const Cancel& cancel() const { return inner_; }
  void submit(std::function<void()> work);
  // Waits for everything submitted; throws the first failure, or cancelled.
  void finish();

 private:
  void relay_cancel() const;

  Cancel outer_, inner_;
  std::vector<std::future<void>> running_;
  ThreadPool pool_;  // last: its threads use the members above
};

}  // namespace rundlet::image_store
