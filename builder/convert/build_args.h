// The variables of ARG, and which of the caller's --build-arg were used.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "builder/dockerfile/instruction.h"
#include "builder/dockerfile/shell_word.h"
#include "spec/platform.h"

namespace rundlet::builder::convert {

using GivenArgs = std::map<std::string, std::optional<std::string>>;

// Global scope: ARG before the first FROM, over TARGETPLATFORM, BUILDOS … What FROM can see.
class GlobalArgs {
 public:
  GlobalArgs(const std::vector<dockerfile::Instruction>& instructions, const GivenArgs& given,
             const spec::Platform& target, char escape);
  std::optional<std::string> get(std::string_view name) const;
  dockerfile::Variables variables() const;
  const GivenArgs& given() const { return given_; }

 private:
  const GivenArgs& given_;
  std::map<std::string, std::string, std::less<>> values_;
};

// Scope of a stage.
class StageArgs {
 public:
  // ARG NAME[=default], the default expanded already.
  void declare(const std::string& name, const std::optional<std::string>& fallback,
               const GlobalArgs& globals);
  std::optional<std::string> get(std::string_view name) const;
  // "NAME=value" of those that have one, sorted.
  std::vector<std::string> environment() const;
  bool declared(const std::string& name) const { return values_.contains(name); }

 private:
  std::map<std::string, std::optional<std::string>, std::less<>> values_;
};

// HTTP_PROXY and its like need no ARG.
bool is_proxy_arg(std::string_view name);
// "NAME=value" of the proxies given that `declared` does not hold.
std::vector<std::string> proxy_environment(const GivenArgs& given, const StageArgs& declared);

// Given, but named by no ARG anywhere in the file.
std::vector<std::string> unused_args(const dockerfile::Dockerfile& file, const GivenArgs& given);

}  // namespace rundlet::builder::convert
