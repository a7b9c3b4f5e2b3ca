// Zstandard (RFC 8878) by libzstd.
#include <zstd.h>

#include <vector>

#include "base/codec/compressors.h"
#include "base/error.h"

namespace rundlet::codec {
namespace {

struct Closer {
  void operator()(ZSTD_DCtx* context) const { ::ZSTD_freeDCtx(context); }
  void operator()(ZSTD_CCtx* context) const { ::ZSTD_freeCCtx(context); }
};

class ZstdSource : public Source {
 public:
  explicit ZstdSource(std::unique_ptr<Source> from)
      : from_(std::move(from)), context_(::ZSTD_createDCtx()), buffer_(kStreamBuffer) {
    if (!context_) throw std::bad_alloc();
  }

  size_t read(char* buffer, size_t size) override {
    ZSTD_outBuffer output{buffer, size, 0};
    while (output.pos == 0 && size > 0) {
      if (input_.pos == input_.size)
        input_ = {buffer_.data(), from_->read(buffer_.data(), buffer_.size()), 0};
      if (input_.size == 0 && frame_left_ == 0) return 0;
      bool ended = input_.size == 0;
      frame_left_ = ::ZSTD_decompressStream(context_.get(), &output, &input_);
      if (::ZSTD_isError(frame_left_) != 0)
        throw_invalid(std::string("corrupt zstd data: ") + ::ZSTD_getErrorName(frame_left_));
      if (ended && output.pos == 0 && frame_left_ != 0) throw_invalid("truncated zstd data");
    }
    return output.pos;
  }

 private:
  std::unique_ptr<Source> from_;
  std::unique_ptr<ZSTD_DCtx, Closer> context_;
  std::vector<char> buffer_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  size_t frame_left_ = 0;  // 0: between frames
};

class ZstdSink : public Sink {
 public:
  explicit ZstdSink(Sink& to) : to_(to), context_(::ZSTD_createCCtx()), buffer_(::ZSTD_CStreamOutSize()) {
    if (!context_) throw std::bad_alloc();
    ::ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  void write(std::string_view data) override { compress(data, ZSTD_e_continue); }
  void finish() override { compress({}, ZSTD_e_end); }

 private:
  void compress(std::string_view data, ZSTD_EndDirective mode) {
    ZSTD_inBuffer input{data.data(), data.size(), 0};
    for (;;) {
      ZSTD_outBuffer output{buffer_.data(), buffer_.size(), 0};
      size_t left = ::ZSTD_compressStream2(context_.get(), &output, &input, mode);
      if (::ZSTD_isError(left) != 0)
        throw_error(ErrorCode::internal,
                    std::string("zstd compression failed: ") + ::ZSTD_getErrorName(left));
      if (output.pos > 0) to_.write({buffer_.data(), output.pos});
      if (mode == ZSTD_e_end ? left == 0 : input.pos == input.size) return;
    }
  }

  Sink& to_;
  std::unique_ptr<ZSTD_CCtx, Closer> context_;
  std::vector<char> buffer_;
};

}  // namespace

std::unique_ptr<Source> zstd_source(std::unique_ptr<Source> from) {
  return std::make_unique<ZstdSource>(std::move(from));
}
std::unique_ptr<Sink> zstd_sink(Sink& to) {
  return std::make_unique<ZstdSink>(to);
}

}  // namespace rundlet::codec
