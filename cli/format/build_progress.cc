#include "cli/format/build_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/fd.h"
#include "cli/format/table.h"
#include "cli/stream/terminal.h"

namespace rundlet::cli {
namespace {

constexpr int kBarWidth = 30;
constexpr std::string_view kStep = "Step ";

size_t screen_width(int fd) {
  auto size = window_size(fd);
  return size && size->width > 0 ? size->width : 80;
}

}  // namespace

std::string step_bar(int begun, int total, std::string_view step, size_t width) {
  int filled = total > 0 ? std::clamp(begun * kBarWidth / total, 0, kBarWidth) : 0;
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i) bar += i < filled ? "━" : "╌";
  return ellipsis(fmt::format("{} {}/{} {}", bar, begun, total, step), width);
}

BuildProgress::BuildProgress(int fd) : fd_(fd), terminal_(is_terminal(fd)), printer_(fd) {}

void BuildProgress::show(const spec::docker_api::ProgressMessage& message) {
  if (!terminal_) return printer_.show(message);
  note_step(message.stream);
  erase_bar();
  printer_.show(message);
  // Output that stops within a line goes on there.
  if (message.stream.empty() || message.stream.ends_with('\n')) draw_bar();
}

// "Step 3/7 : RUN make"
void BuildProgress::note_step(std::string_view line) {
  int number = 0;
  int total = 0;
  size_t colon = line.find(" : ");
  if (!line.starts_with(kStep) || colon == line.npos) return;
  if (std::sscanf(std::string(line.substr(kStep.size(), colon - kStep.size())).c_str(), "%d/%d", &number,
                  &total) != 2)
    return;
  begun_.insert(number);
  total_ = total;
  step_ = line.substr(colon + 3, line.find('\n') - colon - 3);
}

void BuildProgress::finish() {
  erase_bar();
}

void BuildProgress::erase_bar() {
  if (!drawn_) return;
  write_all(fd_, "\r\x1b[2K");
  drawn_ = false;
}

void BuildProgress::draw_bar() {
  if (total_ == 0) return;
  write_all(fd_, step_bar(static_cast<int>(begun_.size()), total_, step_, screen_width(fd_) - 1));
  drawn_ = true;
}

}  // namespace rundlet::cli
