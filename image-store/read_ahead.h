// A source that is read by a thread of its own, some blocks ahead: one core decompresses and hashes while
// another one writes files.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

#include "base/codec/compress.h"
#include "base/codec/sha256.h"

namespace rundlet::image_store {

class ReadAhead : public codec::Source {
 public:
  // `from` is used by the thread until this object is gone.
  explicit ReadAhead(codec::Source& from);
  // Stops after the block that is being read.
  ~ReadAhead() override;
  // Throws what the source threw, after the data that came before it.
  size_t read(char* buffer, size_t size) override;
  // Reads on to the end; the SHA-256 of all bytes, in hex.
  std::string finish();

 private:
  void run();
  std::string read_block();
  bool push(std::string block);
  bool pull();

  codec::Source& from_;
  codec::Sha256 hash_;  // the thread's until it has ended
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> queue_;
  bool ended_ = false, stopping_ = false;
  std::exception_ptr failure_;
  std::string current_;
  size_t used_ = 0;
  std::jthread thread_;  // last: it uses the members above
};

}  // namespace rundlet::image_store
