// Cuts a stream of JSON documents, one to a line, into its lines, whatever pieces it arrives in.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace rundlet::orchestrate {

class JsonLines {
 public:
  explicit JsonLines(std::function<void(std::string_view)> on_line) : on_line_(std::move(on_line)) {}
  void feed(std::string_view data);
  // The stream has ended: what is left is the last line.
  void finish();

 private:
  void emit(std::string_view line);

  std::function<void(std::string_view)> on_line_;
  std::string rest_;
};

}  // namespace rundlet::orchestrate
