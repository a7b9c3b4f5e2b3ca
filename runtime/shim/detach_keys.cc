#include "runtime/shim/detach_keys.h"

namespace rundlet::runtime {

DetachKeys::Filtered DetachKeys::filter(std::string_view input) {
  Filtered result;
  if (sequence_.empty()) return {std::string(input), false};
  for (char c : input) {
    // The longest beginning of the sequence that the held bytes and c end with; what falls out in front is
    // data.
    std::string held = sequence_.substr(0, matched_) + c;
    size_t skip = 0;
    while (!sequence_.starts_with(std::string_view(held).substr(skip))) ++skip;
    result.data.append(held, 0, skip);
    matched_ = held.size() - skip;
    if (matched_ == sequence_.size()) {
      matched_ = 0;
      result.detached = true;
      return result;
    }
  }
  return result;
}

}  // namespace rundlet::runtime
