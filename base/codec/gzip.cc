// gzip (RFC 1952) by ISA-L, which inflates about five times as fast as zlib.
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/codec/compressors.h"
#include "base/error.h"

namespace rundlet::codec {
namespace {

uint8_t* bytes(char* data) {
  return reinterpret_cast<uint8_t*>(data);
}

class GzipSource : public Source {
 public:
  explicit GzipSource(std::unique_ptr<Source> from)
      : from_(std::move(from)), input_(kStreamBuffer), state_(std::make_unique<inflate_state>()) {
    start_member();
  }

  size_t read(char* buffer, size_t size) override {
    while (size > 0 && stage_ != Stage::end) {
      if (state_->avail_in == 0 && !input_ended_) refill();
      switch (stage_) {
        case Stage::header:
          read_header();
          break;
        case Stage::body:
          if (size_t count = inflate(buffer, size)) return count;
          break;
        case Stage::between:
          next_member();
          break;
        case Stage::end:
          break;
      }
    }
    return 0;
  }

 private:
  enum class Stage { header, body, between, end };

  void start_member() {
    uint8_t* next_in = state_->next_in;
    uint32_t avail_in = state_->avail_in;
    ::isal_inflate_init(state_.get());
    state_->crc_flag = ISAL_GZIP_NO_HDR_VER;  // the trailer's CRC and length are checked
    state_->next_in = next_in;
    state_->avail_in = avail_in;
    header_ = {};
    ::isal_gzip_header_init(&header_);
    stage_ = Stage::header;
  }

  void refill() {
    size_t count = from_->read(input_.data(), input_.size());
    state_->next_in = bytes(input_.data());
    state_->avail_in = static_cast<uint32_t>(count);
    input_ended_ = count == 0;
  }

  // Not left to isal_inflate, which forgets the header's flags when the header comes in pieces (ISA-L 2.30).
  void read_header() {
    int result = ::isal_read_gzip_header(state_.get(), &header_);
    if (result == ISAL_END_INPUT && input_ended_) throw_invalid("truncated gzip data");
    if (result < 0) throw_invalid("corrupt gzip data: bad header");
    if (result == ISAL_DECOMP_OK) stage_ = Stage::body;
  }

  size_t inflate(char* buffer, size_t size) {
    auto room = static_cast<uint32_t>(std::min<size_t>(size, 1u << 30));
    state_->next_out = bytes(buffer);
    state_->avail_out = room;
    int result = ::isal_inflate(state_.get());
    if (result == ISAL_INCORRECT_CHECKSUM) throw_invalid("corrupt gzip data: wrong checksum");
    if (result != ISAL_DECOMP_OK) throw_invalid("corrupt gzip data");
    size_t count = room - state_->avail_out;
    if (state_->block_state == ISAL_BLOCK_FINISH) {
      stage_ = Stage::between;
    } else if (count == 0 && input_ended_) {
      throw_invalid("truncated gzip data");
    }
    return count;
  }

  // Files may be several members in a row, padded with zeros.
  void next_member() {
    if (state_->avail_in == 0) {
      stage_ = Stage::end;
    } else if (*state_->next_in == 0) {
      ++state_->next_in;
      --state_->avail_in;
      padded_ = true;
    } else if (padded_) {
      throw_invalid("corrupt gzip data: garbage after the end");
    } else {
      start_member();
    }
  }

  std::unique_ptr<Source> from_;
  std::vector<char> input_;
  std::unique_ptr<inflate_state> state_;
  isal_gzip_header header_;
  Stage stage_ = Stage::header;
  bool input_ended_ = false;
  bool padded_ = false;
};

// The input goes to ISA-L in pieces of one size, so that the output does not depend on how it was written.
class GzipSink : public Sink {
 public:
  explicit GzipSink(Sink& to)
      : to_(to),
        output_(2 * kStreamBuffer),
        work_(ISAL_DEF_LVL2_DEFAULT),
        stream_(std::make_unique<isal_zstream>()) {
    ::isal_deflate_init(stream_.get());
    stream_->level = 2;
    stream_->level_buf = work_.data();
    stream_->level_buf_size = static_cast<uint32_t>(work_.size());
    stream_->gzip_flag = IGZIP_GZIP;  // with a header that holds neither name nor time
    input_.reserve(kStreamBuffer);
  }

  void write(std::string_view data) override {
    while (!data.empty()) {
      size_t count = std::min(data.size(), kStreamBuffer - input_.size());
      input_.append(data.substr(0, count));
      data.remove_prefix(count);
      if (input_.size() == kStreamBuffer) deflate(false);
    }
  }

  void finish() override { deflate(true); }

 private:
  void deflate(bool last) {
    stream_->next_in = bytes(input_.data());
    stream_->avail_in = static_cast<uint32_t>(input_.size());
    stream_->end_of_stream = last ? 1 : 0;
    do {
      stream_->next_out = bytes(output_.data());
      stream_->avail_out = static_cast<uint32_t>(output_.size());
      if (int result = ::isal_deflate(stream_.get()); result != COMP_OK)
        throw_error(ErrorCode::internal, "gzip compression failed: " + std::to_string(result));
      to_.write({output_.data(), output_.size() - stream_->avail_out});
    } while (stream_->avail_out == 0);
    input_.clear();
  }

  Sink& to_;
  std::string input_;
  std::vector<char> output_;
  std::vector<uint8_t> work_;
  std::unique_ptr<isal_zstream> stream_;
};

}  // namespace

std::unique_ptr<Source> gzip_source(std::unique_ptr<Source> from) {
  return std::make_unique<GzipSource>(std::move(from));
}
std::unique_ptr<Sink> gzip_sink(Sink& to) {
  return std::make_unique<GzipSink>(to);
}

}  // namespace rundlet::codec
