// Columns that are as wide as their widest cell, as Go's text/tabwriter aligns them: cells end with a tab, a
// column is a run of lines that have a cell there, and the text after a line's last tab belongs to no column.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rundlet::cli {

// Lines end with '\n'. Width is counted in characters, not bytes. Docker's tables use min_width 10,
// padding 3.
std::string align_columns(std::string_view text, size_t min_width = 10, size_t padding = 3);

// The first `length` characters, the last of them "…" when something is missing (docker's Ellipsis).
std::string ellipsis(std::string_view text, size_t length);
// Number of characters (UTF-8 code points).
size_t text_width(std::string_view text);

}  // namespace rundlet::cli
