#include "image-store/read_ahead.h"

#include <algorithm>
#include <cstring>

namespace rundlet::image_store {
namespace {

constexpr size_t kBlock = 1u << 20;
constexpr size_t kBlocksAhead = 8;

}  // namespace

ReadAhead::ReadAhead(codec::Source& from) : from_(from), thread_([this] { run(); }) {}

ReadAhead::~ReadAhead() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::string ReadAhead::read_block() {
  std::string block(kBlock, '\0');
  size_t filled = 0;
  while (filled < block.size()) {
    size_t n = from_.read(block.data() + filled, block.size() - filled);
    if (n == 0) break;
    filled += n;
  }
  block.resize(filled);
  return block;
}

bool ReadAhead::push(std::string block) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || queue_.size() < kBlocksAhead; });
  if (stopping_) return false;
  queue_.push_back(std::move(block));
  changed_.notify_all();
  return true;
}

void ReadAhead::run() {
  std::exception_ptr failure;
  try {
    for (;;) {
      std::string block = read_block();
      hash_.update(block);
      if (block.empty() || !push(std::move(block))) break;
    }
  } catch (...) {  // handed to the reader
    failure = std::current_exception();
  }
  std::lock_guard lock(mutex_);
  failure_ = failure;
  ended_ = true;
  changed_.notify_all();
}

bool ReadAhead::pull() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_ || !queue_.empty(); });
  if (queue_.empty()) {
    if (failure_) std::rethrow_exception(failure_);
    return false;
  }
  current_ = std::move(queue_.front());
  queue_.pop_front();
  used_ = 0;
  changed_.notify_all();
  return true;
}

size_t ReadAhead::read(char* buffer, size_t size) {
  if (used_ == current_.size() && !pull()) return 0;
  size_t n = std::min(size, current_.size() - used_);
  std::memcpy(buffer, current_.data() + used_, n);
  used_ += n;
  return n;
}

std::string ReadAhead::finish() {
  while (pull()) {
  }
  return hash_.hex();
}

}  // namespace rundlet::image_store
