#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "cli/commands/commands.h"
#include "cli/format/go_template.h"
#include "cli/format/json.h"
#include "cli/text.h"

namespace rundlet::cli {
namespace {

struct InspectOptions {
  std::string format, type;
  bool size = false;
};

// The engine's own words about the object; nullopt when there is none of that name.
std::optional<std::string> find_container(Session& session, const std::string& name, bool size) {
  try {
    return session.engine().inspect_container_json(name, size);
  } catch (const orchestrate::EngineError& e) {
    if (e.code() != ErrorCode::not_found) throw;
    return std::nullopt;
  }
}

std::optional<std::string> find_image(Session& session, const std::string& name) {
  try {
    return session.engine().inspect_image_json(name);
  } catch (const orchestrate::EngineError& e) {
    // A name that cannot be an image's is no image's.
    if (e.code() != ErrorCode::not_found && e.code() != ErrorCode::invalid_argument) throw;
    return std::nullopt;
  }
}

std::string look_up(Session& session, const std::string& name, const InspectOptions& options) {
  if (options.type == "container") return session.engine().inspect_container_json(name, options.size);
  if (options.type == "image") return session.engine().inspect_image_json(name);
  if (auto container = find_container(session, name, options.size)) return *container;
  if (auto image = find_image(session, name)) return *image;
  throw_not_found(fmt::format("Error: No such object: {}", name));
}

void print_found(const std::vector<std::string>& found, const std::string& format) {
  if (format.empty()) {
    std::string array = "[" + join(found, ",") + "]";
    fmt::print("{}\n", indent_json(array));
  } else if (format == "json") {
    fmt::print("[{}]\n", join(found, ","));
  }
}

// Each name is looked up even when one before it failed; what was found is printed first.
int inspect_all(Session& session, const std::vector<std::string>& names, const InspectOptions& options) {
  std::optional<GoTemplate> each;
  if (!options.format.empty() && options.format != "json") each.emplace(options.format);
  std::vector<std::string> found, failures;
  for (const std::string& name : names) {
    try {
      std::string text = look_up(session, name, options);
      if (each) fmt::print("{}\n", each->render(text));
      found.push_back(trim(text));
    } catch (const Error& e) {
      failures.push_back(e.message().starts_with("template:") ? "template parsing error: " + e.message()
                                                              : user_message(e));
    }
  }
  print_found(found, options.format);
  std::fflush(stdout);
  for (const std::string& failure : failures) fmt::print(stderr, "{}\n", failure);
  return failures.empty() ? 0 : 1;
}

void add_format_flag(FlagSet& flags, InspectOptions& options) {
  flags.text(options.format, 'f', "format", "Print with a template: 'json' or 'TEMPLATE'");
}

int run(Session& session, const Invocation& call) {
  InspectOptions options;
  FlagSet flags = call.flags();
  add_format_flag(flags, options);
  flags.toggle(options.size, 's', "size", "Display total file sizes if the type is container");
  flags.text(options.type, 0, "type", "Only inspect objects of the given type");
  auto names = flags.parse(call.args, 1, FlagSet::kAnyNumber);
  if (flags.given("type") && options.type != "container" && options.type != "image")
    throw_invalid(
        options.type.empty()
            ? "type is empty: must be one of \"container\", \"image\""
            : fmt::format("unknown type: \"{}\": must be one of \"container\", \"image\"", options.type));
  return inspect_all(session, names, options);
}

int run_container(Session& session, const Invocation& call) {
  InspectOptions options;
  options.type = "container";
  FlagSet flags = call.flags();
  add_format_flag(flags, options);
  flags.toggle(options.size, 's', "size", "Display total file sizes");
  return inspect_all(session, flags.parse(call.args, 1, FlagSet::kAnyNumber), options);
}

int run_image(Session& session, const Invocation& call) {
  InspectOptions options;
  options.type = "image";
  FlagSet flags = call.flags();
  add_format_flag(flags, options);
  flags.unsupported(0, "platform");
  return inspect_all(session, flags.parse(call.args, 1, FlagSet::kAnyNumber), options);
}

}  // namespace

const Command kInspect{"inspect",
                       "",
                       "",
                       "[OPTIONS] NAME|ID [NAME|ID...]",
                       "Return low-level information on containers and images",
                       run};
const Command kContainerInspect{"",
                                "container",
                                "inspect",
                                "[OPTIONS] CONTAINER [CONTAINER...]",
                                "Display detailed information on one or more containers",
                                run_container};
const Command kImageInspect{"",
                            "image",
                            "inspect",
                            "[OPTIONS] IMAGE [IMAGE...]",
                            "Display detailed information on one or more images",
                            run_image};

}  // namespace rundlet::cli
