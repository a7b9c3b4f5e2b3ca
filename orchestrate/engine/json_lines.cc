#include "orchestrate/engine/json_lines.h"

#include <utility>

namespace rundlet::orchestrate {

void JsonLines::feed(std::string_view data) {
  for (;;) {
    size_t end = data.find('\n');
    if (end == std::string_view::npos) break;
    if (rest_.empty()) {
      emit(data.substr(0, end));
    } else {
      rest_ += data.substr(0, end);
      emit(std::exchange(rest_, {}));
    }
    data.remove_prefix(end + 1);
  }
  rest_ += data;
}

void JsonLines::finish() {
  emit(std::exchange(rest_, {}));
}

void JsonLines::emit(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  if (!line.empty()) on_line_(line);
}

}  // namespace rundlet::orchestrate
