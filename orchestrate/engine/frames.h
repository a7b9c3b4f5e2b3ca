// The frames in which a container without a terminal sends its two outputs over one connection: a byte for
// the stream, three zeros, the length as 32 bits big-endian, then the bytes (Engine API, "Attach to a
// container").
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace rundlet::orchestrate {

enum class OutputStream : uint8_t { stdin_echo = 0, stdout_stream = 1, stderr_stream = 2, engine_error = 3 };

// Takes frames apart, whatever pieces they arrive in. Bytes are passed on as they come, not frame by frame. A
// frame on engine_error is the engine telling why the stream ends: it is thrown as internal. Throws
// invalid_argument for what is not a frame.
class FrameDecoder {
 public:
  using OnOutput = std::function<void(OutputStream, std::string_view)>;
  explicit FrameDecoder(OnOutput on_output) : on_output_(std::move(on_output)) {}
  void feed(std::string_view data);
  // False when the stream ended within a frame.
  bool at_boundary() const { return header_.empty() && left_ == 0; }

 private:
  void begin_frame();
  void pass_on(std::string_view data);

  OnOutput on_output_;
  std::string header_;  // the part of a header that has arrived
  OutputStream stream_ = OutputStream::stdout_stream;
  size_t left_ = 0;  // of the present frame
  std::string engine_error_;
};

}  // namespace rundlet::orchestrate
