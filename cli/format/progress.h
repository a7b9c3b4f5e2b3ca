// What pull, push, load, import and build report while they work: one line for each layer, rewritten in place
// with a bar on a terminal; plain lines of what has changed otherwise.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "spec/docker_api/image.h"

namespace rundlet::cli {

class ProgressPrinter {
 public:
  // fd: where to write. Decides by itself whether that is a terminal.
  explicit ProgressPrinter(int fd);
  void show(const spec::docker_api::ProgressMessage& message);

 private:
  void show_stream(const std::string& text);
  void show_status(const spec::docker_api::ProgressMessage& message);
  void rewrite(const std::string& id, const std::string& line);

  int fd_;
  bool terminal_;
  std::vector<std::string> ids_;  // from top to bottom
};

// "[=====>     ] 1.2MB/3.4MB", at most `width` characters; empty when there is nothing to measure.
std::string progress_bar(const spec::docker_api::ProgressDetail& detail, size_t width);

}  // namespace rundlet::cli
