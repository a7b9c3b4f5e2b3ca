#include <fmt/format.h>

#include "base/clock.h"
#include "cli/commands/commands.h"
#include "cli/format/fields.h"
#include "cli/format/list.h"
#include "cli/format/table.h"
#include "cli/text.h"
#include "spec/units.h"

namespace rundlet::cli {
namespace {

constexpr char kColumns[] = "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}";
constexpr size_t kCreatedByLength = 45;

struct HistoryOptions {
  bool human = true, no_trunc = false, quiet = false;
  std::string format;
};

Row to_row(const spec::docker_api::ImageHistoryItem& item, const HistoryOptions& options) {
  Row row;
  auto& f = row.fields;
  f["ID"] = options.no_trunc ? item.id : short_id(item.id);
  f["CreatedAt"] = format_rfc3339(from_unix_nanos(item.created * 1'000'000'000));
  f["CreatedSince"] = !options.human ? f["CreatedAt"] : item.created > 0 ? ago(item.created) : "N/A";
  std::string created_by = replace_all(item.created_by, "\t", " ");
  f["CreatedBy"] = options.no_trunc ? created_by : ellipsis(created_by, kCreatedByLength);
  f["Size"] = options.human ? spec::human_size(static_cast<double>(item.size), 3) : std::to_string(item.size);
  f["Comment"] = item.comment;
  return row;
}

int run(Session& session, const Invocation& call) {
  HistoryOptions options;
  FlagSet flags = call.flags();
  flags.text(options.format, 0, "format",
             "Print with a template: 'table', 'table TEMPLATE', 'json' or 'TEMPLATE'");
  flags.toggle(options.human, 'H', "human", "Print sizes and dates in human readable format");
  flags.toggle(options.no_trunc, 0, "no-trunc", "Don't truncate output");
  flags.toggle(options.quiet, 'q', "quiet", "Only show image IDs");
  flags.unsupported(0, "platform");
  auto args = flags.parse(call.args, 1, 1);
  std::vector<Row> rows;
  for (const auto& item : session.engine().image_history(args[0])) rows.push_back(to_row(item, options));
  std::map<std::string, std::string> headers = {
      {"ID", "IMAGE"},  {"CreatedSince", "CREATED"}, {"CreatedAt", "CREATED AT"}, {"CreatedBy", "CREATED BY"},
      {"Size", "SIZE"}, {"Comment", "COMMENT"}};
  fmt::print("{}", format_list({options.format, kColumns, options.quiet ? "{{.ID}}" : "", headers}, rows));
  return 0;
}

}  // namespace

const Command kHistory{"history", "image", "history", "[OPTIONS] IMAGE", "Show the history of an image", run};

}  // namespace rundlet::cli
