// A build's stream on the user's screen: its lines as they come, and on a terminal a bar below them that
// tells how many of the steps have begun and which was the last.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "cli/format/progress.h"

namespace rundlet::cli {

class BuildProgress {
 public:
  explicit BuildProgress(int fd);
  void show(const spec::docker_api::ProgressMessage& message);
  // Takes the bar away.
  void finish();

 private:
  void note_step(std::string_view line);
  void erase_bar();
  void draw_bar();

  int fd_;
  bool terminal_;
  ProgressPrinter printer_;
  std::set<int> begun_;
  int total_ = 0;
  std::string step_;
  bool drawn_ = false;
};

// "━━━╌╌╌ 3/7 RUN make", at most `width` characters.
std::string step_bar(int begun, int total, std::string_view step, size_t width);

}  // namespace rundlet::cli
