#include <fmt/format.h>

#include "cli/commands/commands.h"
#include "cli/format/fields.h"
#include "cli/format/list.h"
#include "cli/options/filters.h"
#include "cli/text.h"
#include "spec/units.h"

namespace rundlet::cli {
namespace {

using spec::docker_api::ImageSummary;

constexpr char kNone[] = "<none>";

struct ImagesOptions {
  bool digests = false, no_trunc = false, quiet = false;
  std::string format;
  orchestrate::ListImagesOptions request;
};

std::string columns(bool digests) {
  std::string digest = digests ? "{{.Digest}}\t" : "";
  return "{{.Repository}}\t{{.Tag}}\t" + digest +
         "{{.ID}}\t{{if .CreatedSince}}{{.CreatedSince}}{{else}}N/A{{end}}\t{{.Size}}";
}

const std::map<std::string, std::string>& headers() {
  static const std::map<std::string, std::string> kHeaders = {{"ID", "IMAGE ID"},
                                                              {"Repository", "REPOSITORY"},
                                                              {"Tag", "TAG"},
                                                              {"Digest", "DIGEST"},
                                                              {"CreatedSince", "CREATED"},
                                                              {"CreatedAt", "CREATED AT"},
                                                              {"Size", "SIZE"},
                                                              {"Containers", "CONTAINERS"},
                                                              {"SharedSize", "SHARED SIZE"},
                                                              {"UniqueSize", "UNIQUE SIZE"},
                                                              {"VirtualSize", "SIZE"},
                                                              {"Labels", "LABELS"}};
  return kHeaders;
}

// One line of the list: a name of an image.
struct Name {
  std::string repository = kNone, tag = kNone, digest = kNone;
};

std::string after(const std::string& text, size_t at) {
  return at == text.npos ? kNone : text.substr(at + 1);
}

// Tags with the digests of their repository; digests of repositories without a tag stand alone.
std::vector<Name> names_of(const ImageSummary& image, bool digests) {
  std::map<std::string, std::vector<std::string>> digests_of;
  for (const std::string& text : image.repo_digests) {
    size_t at = text.find('@');
    if (!text.starts_with(kNone)) digests_of[text.substr(0, at)].push_back(after(text, at));
  }
  std::vector<Name> names;
  std::map<std::string, bool> tagged;
  for (const std::string& text : image.repo_tags) {
    if (text == "<none>:<none>") continue;
    size_t colon = text.rfind(':');
    std::string repository = text.substr(0, colon);
    tagged[repository] = true;
    if (!digests || digests_of[repository].empty()) names.push_back({repository, after(text, colon), kNone});
    if (digests)
      for (const std::string& digest : digests_of[repository])
        names.push_back({repository, after(text, colon), digest});
  }
  for (const auto& [repository, list] : digests_of) {
    if (tagged.count(repository)) continue;
    if (!digests) names.push_back({repository, kNone, kNone});
    if (digests)
      for (const std::string& digest : list) names.push_back({repository, kNone, digest});
  }
  if (names.empty()) names.emplace_back();
  return names;
}

std::string size_or_unknown(int64_t size) {
  return size < 0 ? "N/A" : spec::human_size(static_cast<double>(size), 3);
}

Row to_row(const ImageSummary& image, const Name& name, bool truncate) {
  Row row;
  auto& f = row.fields;
  f["ID"] = truncate ? short_id(image.id) : image.id;
  f["Repository"] = name.repository;
  f["Tag"] = name.tag;
  f["Digest"] = name.digest;
  f["CreatedSince"] = image.created > 0 ? ago(image.created) : "";
  f["CreatedAt"] = local_time(image.created);
  f["Size"] = f["VirtualSize"] = size_or_unknown(image.size);
  f["SharedSize"] = size_or_unknown(image.shared_size);
  f["UniqueSize"] = image.shared_size < 0 ? "N/A" : size_or_unknown(image.size - image.shared_size);
  f["Containers"] = image.containers < 0 ? "N/A" : std::to_string(image.containers);
  row.labels = image.labels;
  return row;
}

int run(Session& session, const Invocation& call) {
  ImagesOptions options;
  FlagSet flags = call.flags();
  flags.toggle(options.request.all, 'a', "all", "Show all images (default hides intermediate images)");
  flags.toggle(options.digests, 0, "digests", "Show digests");
  add_filter_flag(flags, options.request.filters);
  flags.text(options.format, 0, "format",
             "Print with a template: 'table', 'table TEMPLATE', 'json' or 'TEMPLATE'");
  flags.toggle(options.no_trunc, 0, "no-trunc", "Don't truncate output");
  flags.toggle(options.quiet, 'q', "quiet", "Only show image IDs");
  flags.unsupported(0, "tree", "");
  auto args = flags.parse(call.args, 0, 1);
  if (!args.empty()) options.request.filters["reference"].push_back(args[0]);
  bool digests = options.digests || options.format.find(".Digest") != std::string::npos;
  std::vector<Row> rows;
  for (const auto& image : session.engine().list_images(options.request))
    for (const Name& name : names_of(image, digests)) rows.push_back(to_row(image, name, !options.no_trunc));
  fmt::print(
      "{}", format_list({options.format, columns(options.digests), options.quiet ? "{{.ID}}" : "", headers()},
                        rows));
  return 0;
}

}  // namespace

const Command kImages{"images", "image", "ls list", "[OPTIONS] [REPOSITORY[:TAG]]", "List images", run};

}  // namespace rundlet::cli
