// The keys that take the user off a container and leave it running ("ctrl-p,ctrl-q").
#pragma once

#include <string>
#include <string_view>

namespace rundlet::cli {

inline constexpr char kDefaultDetachKeys[] = "ctrl-p,ctrl-q";

// "ctrl-p,ctrl-q", "a", "ctrl-@" → bytes. Throws invalid_argument.
std::string parse_detach_keys(std::string_view text);

// Passes input through and looks for the sequence; a part of it is held back until it is known not to be one.
class DetachScanner {
 public:
  explicit DetachScanner(std::string sequence) : sequence_(std::move(sequence)) {}
  // What goes on to the container. Once detached() nothing does.
  std::string feed(std::string_view input);
  bool detached() const { return detached_; }

 private:
  std::string sequence_;
  size_t matched_ = 0;
  bool detached_ = false;
};

}  // namespace rundlet::cli
