// The key sequence by which a client leaves (docker: ctrl-p ctrl-q).
#pragma once

#include <string>
#include <string_view>

namespace rundlet::runtime {

class DetachKeys {
 public:
  // Raw bytes; empty: nothing ever matches.
  explicit DetachKeys(std::string sequence) : sequence_(std::move(sequence)) {}
  // Input with the sequence looked for across calls: bytes that might begin it are held back until the next
  // ones decide.
  struct Filtered {
    std::string data;
    bool detached = false;  // what follows the sequence is dropped
  };
  Filtered filter(std::string_view input);

 private:
  std::string sequence_;
  size_t matched_ = 0;
};

}  // namespace rundlet::runtime
