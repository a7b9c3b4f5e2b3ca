#include "cli/format/progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/fd.h"
#include "cli/format/table.h"
#include "cli/stream/terminal.h"
#include "spec/units.h"

namespace rundlet::cli {
namespace {

constexpr size_t kNarrow = 20;
constexpr size_t kWidestBar = 40;

size_t terminal_width(int fd) {
  auto size = window_size(fd);
  return size && size->width > 0 ? size->width : 80;
}

}  // namespace

std::string progress_bar(const spec::docker_api::ProgressDetail& detail, size_t width) {
  int64_t current = detail.current.value_or(0);
  int64_t total = detail.total.value_or(0);
  if (current <= 0 && total <= 0) return "";
  std::string numbers = spec::human_size(static_cast<double>(current), 3);
  if (total <= 0) return numbers;
  numbers += "/" + spec::human_size(static_cast<double>(total), 3);
  if (width < kNarrow + numbers.size()) return numbers;
  size_t room = std::min(kWidestBar, width - numbers.size() - 3);
  size_t filled = static_cast<size_t>(static_cast<double>(std::min(current, total)) /
                                      static_cast<double>(total) * static_cast<double>(room));
  std::string bar;
  for (size_t i = 0; i < room; ++i) bar += i < filled ? "━" : "╌";
  return fmt::format("{} {}", bar, numbers);
}

ProgressPrinter::ProgressPrinter(int fd) : fd_(fd), terminal_(is_terminal(fd)) {}

void ProgressPrinter::show(const spec::docker_api::ProgressMessage& message) {
  if (!message.stream.empty()) {
    show_stream(message.stream);
  } else if (!message.status.empty()) {
    show_status(message);
  }
}

void ProgressPrinter::show_stream(const std::string& text) {
  ids_.clear();  // what scrolled by cannot be rewritten
  write_all(fd_, text);
}

void ProgressPrinter::show_status(const spec::docker_api::ProgressMessage& message) {
  std::string line = message.id.empty() ? message.status : message.id + ": " + message.status;
  bool measured =
      message.progress_detail && (message.progress_detail->current || message.progress_detail->total);
  if (!terminal_) {
    if (!measured) write_all(fd_, line + "\n");
    return;
  }
  if (message.id.empty()) {
    ids_.clear();
    write_all(fd_, line + "\n");
    return;
  }
  size_t width = terminal_width(fd_) - 1;
  if (measured && text_width(line) + 1 < width)
    line += " " + progress_bar(*message.progress_detail, width - text_width(line) - 1);
  rewrite(message.id, ellipsis(line, width));
}

void ProgressPrinter::rewrite(const std::string& id, const std::string& line) {
  auto found = std::find(ids_.begin(), ids_.end(), id);
  if (found == ids_.end()) {
    ids_.push_back(id);
    write_all(fd_, line + "\n");
    return;
  }
  auto up = ids_.end() - found;
  auto size = window_size(fd_);
  // A line that has scrolled off the screen is out of reach.
  if (size && size->height > 0 && up >= static_cast<ptrdiff_t>(size->height)) return;
  write_all(fd_, fmt::format("\x1b[{}A\r\x1b[2K{}\x1b[{}B\r", up, line, up));
}

}  // namespace rundlet::cli
