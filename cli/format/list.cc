#include "cli/format/list.h"

#include "cli/format/go_template.h"
#include "cli/format/json.h"
#include "cli/format/table.h"
#include "cli/text.h"

namespace rundlet::cli {
namespace {

constexpr std::string_view kTable = "table";

bool is_table(const std::string& format) {
  return format.empty() || format.starts_with(kTable);
}

// What each row is rendered with.
std::string row_template(const ListFormat& format) {
  std::string text = is_table(format.format) && format.format.size() > kTable.size()
                         ? trim(format.format.substr(kTable.size()))
                     : is_table(format.format) ? format.table
                                               : format.format;
  if (text == "json") text = "{{json .}}";
  return replace_all(replace_all(text, "\\t", "\t"), "\\n", "\n");
}

std::string render_rows(const GoTemplate& each, const std::vector<Row>& rows) {
  std::string out;
  for (const Row& row : rows) out += each.render({json_object(row.fields), row.labels}) + "\n";
  return out;
}

}  // namespace

std::string format_list(const ListFormat& format, const std::vector<Row>& rows) {
  bool default_table = format.format.empty() || format.format == kTable;
  if (default_table && !format.quiet.empty()) return render_rows(GoTemplate(format.quiet), rows);
  GoTemplate each(row_template(format));
  std::string body = render_rows(each, rows);
  if (!is_table(format.format)) return body;
  return align_columns(each.render_header(format.headers) + "\n" + body);
}

}  // namespace rundlet::cli
