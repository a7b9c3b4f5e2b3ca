#include "builder/convert/build_args.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace rundlet::builder::convert {
namespace {

constexpr std::string_view kProxyArgs[] = {"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy",
                                           "FTP_PROXY",  "ftp_proxy",  "NO_PROXY",    "no_proxy",
                                           "ALL_PROXY",  "all_proxy"};

template <class Map>
void set_platform(Map& values, const std::string& prefix, const spec::Platform& platform) {
  values[prefix + "PLATFORM"] = platform.str();
  values[prefix + "OS"] = platform.os;
  values[prefix + "ARCH"] = platform.architecture;
  values[prefix + "VARIANT"] = platform.variant;
}

std::optional<std::string> given_value(const GivenArgs& given, const std::string& name) {
  auto found = given.find(name);
  return found == given.end() ? std::nullopt : found->second;
}

void collect_names(const std::vector<dockerfile::Instruction>& instructions, std::set<std::string>& names) {
  for (const dockerfile::Instruction& instruction : instructions) {
    const auto* arg = std::get_if<dockerfile::Arg>(&instruction.body);
    if (arg == nullptr) continue;
    for (const auto& item : arg->items) names.insert(item.name);
  }
}

}  // namespace

GlobalArgs::GlobalArgs(const std::vector<dockerfile::Instruction>& instructions, const GivenArgs& given,
                       const spec::Platform& target, char escape)
    : given_(given) {
  set_platform(values_, "TARGET", target);
  set_platform(values_, "BUILD", spec::Platform::host());
  for (const dockerfile::Instruction& instruction : instructions) {
    for (const auto& item : std::get<dockerfile::Arg>(instruction.body).items) {
      try {
        auto value = given_value(given, item.name);
        if (!value && item.value) value = dockerfile::expand_word(*item.value, variables(), {escape, false});
        if (value) values_[item.name] = *value;
      } catch (const Error& e) {
        throw e.with_context(fmt::format("Dockerfile:{}", instruction.line));
      }
    }
  }
}

std::optional<std::string> GlobalArgs::get(std::string_view name) const {
  auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

dockerfile::Variables GlobalArgs::variables() const {
  return [this](std::string_view name) { return get(name); };
}

void StageArgs::declare(const std::string& name, const std::optional<std::string>& fallback,
                        const GlobalArgs& globals) {
  auto value = given_value(globals.given(), name);
  if (!value) value = fallback;
  if (!value) value = globals.get(name);
  values_[name] = value;
}

std::optional<std::string> StageArgs::get(std::string_view name) const {
  auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : found->second;
}

std::vector<std::string> StageArgs::environment() const {
  std::vector<std::string> result;
  for (const auto& [name, value] : values_) {
    if (value) result.push_back(name + "=" + *value);
  }
  return result;
}

bool is_proxy_arg(std::string_view name) {
  return std::find(std::begin(kProxyArgs), std::end(kProxyArgs), name) != std::end(kProxyArgs);
}

std::vector<std::string> proxy_environment(const GivenArgs& given, const StageArgs& declared) {
  std::vector<std::string> result;
  for (const auto& [name, value] : given) {
    if (value && is_proxy_arg(name) && !declared.declared(name)) result.push_back(name + "=" + *value);
  }
  return result;
}

std::vector<std::string> unused_args(const dockerfile::Dockerfile& file, const GivenArgs& given) {
  std::set<std::string> names;
  collect_names(file.global_args, names);
  for (const dockerfile::Stage& stage : file.stages) collect_names(stage.instructions, names);
  std::vector<std::string> unused;
  for (const auto& [name, value] : given) {
    if (!names.contains(name) && !is_proxy_arg(name)) unused.push_back(name);
  }
  return unused;
}

}  // namespace rundlet::builder::convert
