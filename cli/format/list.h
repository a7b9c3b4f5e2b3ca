// Lists as docker prints them: a table with headings, JSON lines, or the user's template for each row.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace rundlet::cli {

struct Row {
  std::map<std::string, std::string> fields;  // template field → text
  std::map<std::string, std::string> labels;  // for {{.Label "name"}}
};

struct ListFormat {
  std::string format;                          // --format; empty: the table
  std::string table;                           // "{{.ID}}\t{{.Image}}", the default columns
  std::string quiet;                           // "{{.ID}}" when only these are wanted, else empty
  std::map<std::string, std::string> headers;  // template field → heading
};

// Lines, each ended. Throws invalid_argument for a malformed template.
std::string format_list(const ListFormat& format, const std::vector<Row>& rows);

}  // namespace rundlet::cli
