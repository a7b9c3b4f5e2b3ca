#include "cli/format/table.h"

#include <algorithm>
#include <vector>

namespace rundlet::cli {
namespace {

using Line = std::vector<std::string_view>;  // cells; the last one is not tab-terminated

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::vector<Line> split(std::string_view text) {
  std::vector<Line> lines;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view rest = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    Line line;
    for (size_t tab; (tab = rest.find('\t')) != rest.npos; rest.remove_prefix(tab + 1))
      line.push_back(rest.substr(0, tab));
    line.push_back(rest);
    lines.push_back(std::move(line));
  }
  return lines;
}

// The width of column `column` in the run of lines around each line that has a cell there.
void measure(const std::vector<Line>& lines, size_t column, size_t min_width, size_t padding,
             std::vector<std::vector<size_t>>& widths) {
  for (size_t first = 0; first < lines.size();) {
    if (lines[first].size() <= column + 1) {
      ++first;
      continue;
    }
    size_t last = first;
    size_t width = min_width;
    for (; last < lines.size() && lines[last].size() > column + 1; ++last) {
      size_t cell = text_width(lines[last][column]);
      width = std::max(width, cell + padding);
    }
    for (; first < last; ++first) widths[first].push_back(width);
  }
}

}  // namespace

size_t text_width(std::string_view text) {
  return text.size() - static_cast<size_t>(std::count_if(text.begin(), text.end(), is_continuation));
}

std::string align_columns(std::string_view text, size_t min_width, size_t padding) {
  std::vector<Line> lines = split(text);
  std::vector<std::vector<size_t>> widths(lines.size());
  size_t columns = 0;
  for (const Line& line : lines) columns = std::max(columns, line.size() - 1);
  for (size_t column = 0; column < columns; ++column) measure(lines, column, min_width, padding, widths);
  std::string out;
  for (size_t i = 0; i < lines.size(); ++i) {
    for (size_t column = 0; column + 1 < lines[i].size(); ++column) {
      out += lines[i][column];
      out.append(widths[i][column] - text_width(lines[i][column]), ' ');
    }
    out += lines[i].back();
    out += '\n';
  }
  return out;
}

std::string ellipsis(std::string_view text, size_t length) {
  if (text_width(text) <= length) return std::string(text);
  size_t keep = length > 1 ? length - 1 : length;
  size_t characters = 0;
  size_t end = 0;
  while (end < text.size() && characters < keep) {
    ++end;
    while (end < text.size() && is_continuation(text[end])) ++end;
    ++characters;
  }
  return std::string(text.substr(0, end)) + (length > 1 ? "…" : "");
}

}  // namespace rundlet::cli
