#include "orchestrate/engine/frames.h"

#include <algorithm>

#include "base/error.h"

namespace rundlet::orchestrate {

namespace {

constexpr size_t kHeaderSize = 8;
constexpr size_t kMaxErrorSize = 64 * 1024;

}  // namespace

void FrameDecoder::feed(std::string_view data) {
  while (!data.empty()) {
    if (left_ == 0) {
      size_t count = std::min(data.size(), kHeaderSize - header_.size());
      header_ += data.substr(0, count);
      data.remove_prefix(count);
      if (header_.size() == kHeaderSize) begin_frame();
    } else {
      size_t count = std::min(data.size(), left_);
      left_ -= count;
      pass_on(data.substr(0, count));
      data.remove_prefix(count);
    }
  }
}

void FrameDecoder::begin_frame() {
  auto byte = [&](size_t at) { return static_cast<unsigned char>(header_[at]); };
  bool valid = byte(0) <= 3 && byte(1) == 0 && byte(2) == 0 && byte(3) == 0;
  if (!valid) throw_invalid("unrecognized stream: " + std::to_string(byte(0)));
  stream_ = static_cast<OutputStream>(byte(0));
  left_ = size_t{byte(4)} << 24 | size_t{byte(5)} << 16 | size_t{byte(6)} << 8 | size_t{byte(7)};
  header_.clear();
}

void FrameDecoder::pass_on(std::string_view data) {
  if (stream_ != OutputStream::engine_error) return on_output_(stream_, data);
  engine_error_ += data.substr(0, kMaxErrorSize - std::min(kMaxErrorSize, engine_error_.size()));
  if (left_ == 0) throw_error(ErrorCode::internal, "error from daemon in stream: " + engine_error_);
}

}  // namespace rundlet::orchestrate
