#include "builder/ops/output_frames.h"

#include <algorithm>

namespace rundlet::builder::ops {

void OutputFrames::feed(std::string_view data) {
  while (!data.empty()) {
    if (left_ > 0) {
      std::string_view part = data.substr(0, left_);
      write_(part, is_stderr_);
      left_ -= part.size();
      data.remove_prefix(part.size());
      continue;
    }
    size_t wanted = std::min<size_t>(8 - header_.size(), data.size());
    header_.append(data.substr(0, wanted));
    data.remove_prefix(wanted);
    if (header_.size() < 8) return;
    is_stderr_ = header_[0] == 2;
    for (int i = 4; i < 8; ++i)
      left_ = left_ << 8 | static_cast<unsigned char>(header_[static_cast<size_t>(i)]);
    header_.clear();
  }
}

}  // namespace rundlet::builder::ops
