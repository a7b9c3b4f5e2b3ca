// Docker's multiplexed stdio: frames of [stream, 0, 0, 0, length in 4 bytes big-endian] and so many bytes.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace rundlet::builder::ops {

class OutputFrames {
 public:
  using Write = std::function<void(std::string_view text, bool is_stderr)>;
  explicit OutputFrames(Write write) : write_(std::move(write)) {}
  // Takes what a socket gave; frames may be cut anywhere.
  void feed(std::string_view data);

 private:
  Write write_;
  std::string header_;
  size_t left_ = 0;  // of the current frame
  bool is_stderr_ = false;
};

}  // namespace rundlet::builder::ops
