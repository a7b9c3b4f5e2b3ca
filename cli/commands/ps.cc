#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.h"
#include "cli/format/fields.h"
#include "cli/format/list.h"
#include "cli/format/table.h"
#include "cli/options/filters.h"
#include "cli/text.h"
#include "spec/units.h"

namespace rundlet::cli {
namespace {

using spec::docker_api::ContainerSummary;

struct PsOptions {
  bool all = false, latest = false, no_trunc = false, quiet = false, size = false;
  int64_t last = -1;
  std::string format;
  spec::docker_api::Filters filters;
};

constexpr char kColumns[] =
    "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";

const std::map<std::string, std::string>& headers() {
  static const std::map<std::string, std::string> kHeaders = {
      {"ID", "CONTAINER ID"},      {"Image", "IMAGE"},
      {"Command", "COMMAND"},      {"RunningFor", "CREATED"},
      {"CreatedAt", "CREATED AT"}, {"Status", "STATUS"},
      {"Ports", "PORTS"},          {"Size", "SIZE"},
      {"Names", "NAMES"},          {"Labels", "LABELS"},
      {"Mounts", "MOUNTS"},        {"LocalVolumes", "LOCAL VOLUMES"},
      {"Networks", "NETWORKS"},    {"State", "STATE"}};
  return kHeaders;
}

std::string names_text(const std::vector<std::string>& names, bool truncate) {
  std::vector<std::string> shown;
  for (const std::string& name : names) {
    std::string plain = name.starts_with('/') ? name.substr(1) : name;
    // "/other/alias" is a link's name.
    if (!truncate || plain.find('/') == plain.npos) shown.push_back(plain);
  }
  return join(shown, ",");
}

std::string mounts_text(const ContainerSummary& container, bool truncate) {
  constexpr size_t kLength = 15;
  std::vector<std::string> shown;
  for (const auto& mount : container.mounts) {
    const std::string& name = mount.name.empty() ? mount.source : mount.name;
    shown.push_back(truncate ? ellipsis(name, kLength) : name);
  }
  return join(shown, ",");
}

std::string size_text(const ContainerSummary& container) {
  std::string text = spec::human_size(static_cast<double>(container.size_rw.value_or(0)), 3);
  if (container.size_root_fs.value_or(0) > 0)
    text += fmt::format(" (virtual {})", spec::human_size(static_cast<double>(*container.size_root_fs), 3));
  return text;
}

// An image that is named by its id is shortened like one.
std::string image_text(const ContainerSummary& container, bool truncate) {
  if (container.image.empty()) return "<no image>";
  bool is_id = container.image == container.image_id || container.image == short_id(container.image_id) ||
               (container.image.size() == 64 && container.image_id.ends_with(container.image));
  if (truncate && is_id) return short_id(container.image_id);
  size_t digest = container.image.find('@');
  return truncate ? container.image.substr(0, digest) : container.image;
}

Row to_row(const ContainerSummary& container, bool truncate) {
  constexpr size_t kCommandLength = 20;
  Row row;
  auto& f = row.fields;
  f["ID"] = truncate ? short_id(container.id) : container.id;
  f["Image"] = image_text(container, truncate);
  f["Command"] =
      fmt::format("\"{}\"", truncate ? ellipsis(container.command, kCommandLength) : container.command);
  f["CreatedAt"] = local_time(container.created);
  f["RunningFor"] = ago(container.created);
  f["Status"] = container.status;
  f["State"] = container.state;
  f["Ports"] = ports_text(container.ports);
  f["Size"] = size_text(container);
  f["Names"] = names_text(container.names, truncate);
  f["Labels"] = label_text(container.labels);
  f["Mounts"] = mounts_text(container, truncate);
  f["LocalVolumes"] =
      std::to_string(std::count_if(container.mounts.begin(), container.mounts.end(),
                                   [](const auto& mount) { return mount.driver == "local"; }));
  std::vector<std::string> networks;
  for (const auto& [name, settings] : container.networks) networks.push_back(name);
  f["Networks"] = join(networks, ",");
  row.labels = container.labels;
  return row;
}

int run(Session& session, const Invocation& call) {
  PsOptions options;
  FlagSet flags = call.flags();
  flags.toggle(options.all, 'a', "all", "Show all containers (default shows just running)");
  add_filter_flag(flags, options.filters);
  flags.text(options.format, 0, "format",
             "Print with a template: 'table', 'table TEMPLATE', 'json' or 'TEMPLATE'");
  flags.integer(options.last, 'n', "last", "Show n last created containers (includes all states)");
  flags.toggle(options.latest, 'l', "latest", "Show the latest created container (includes all states)");
  flags.toggle(options.no_trunc, 0, "no-trunc", "Don't truncate output");
  flags.toggle(options.quiet, 'q', "quiet", "Only display container IDs");
  flags.toggle(options.size, 's', "size", "Display total file sizes");
  flags.parse(call.args, 0, 0);
  orchestrate::ListContainersOptions request;
  request.all = options.all;
  request.limit =
      static_cast<int>(options.latest && options.last < 0 ? 1 : std::max<int64_t>(options.last, 0));
  request.filters = options.filters;
  request.size = options.size || options.format.find(".Size") != std::string::npos;
  std::vector<Row> rows;
  for (const auto& container : session.engine().list_containers(request))
    rows.push_back(to_row(container, !options.no_trunc));
  std::string columns = options.size ? std::string(kColumns) + "\t{{.Size}}" : kColumns;
  fmt::print("{}", format_list({options.format, columns, options.quiet ? "{{.ID}}" : "", headers()}, rows));
  return 0;
}

}  // namespace

const Command kPs{"ps", "container", "ls list ps", "[OPTIONS]", "List containers", run};

}  // namespace rundlet::cli
