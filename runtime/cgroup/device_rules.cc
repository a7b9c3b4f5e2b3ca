#include "runtime/cgroup/device_rules.h"

#include <algorithm>

namespace rundlet::runtime {
namespace {

const std::vector<spec::OciDeviceRule>& default_rules() {
  static const std::vector<spec::OciDeviceRule> rules = {
      {true, "c", {}, {}, "m"}, {true, "b", {}, {}, "m"},                               // mknod
      {true, "c", 1, 3, "rwm"}, {true, "c", 1, 5, "rwm"}, {true, "c", 1, 7, "rwm"},     // null zero full
      {true, "c", 1, 8, "rwm"}, {true, "c", 1, 9, "rwm"},                               // random urandom
      {true, "c", 5, 0, "rwm"}, {true, "c", 5, 2, "rwm"}, {true, "c", 136, {}, "rwm"},  // tty ptmx pts
  };
  return rules;
}

bool same(const spec::OciDeviceRule& a, const spec::OciDeviceRule& b) {
  return a.allow == b.allow && a.type == b.type && a.major == b.major && a.minor == b.minor &&
         a.access == b.access;
}

}  // namespace

std::vector<spec::OciDeviceRule> complete_device_rules(const std::vector<spec::OciDeviceRule>& rules) {
  if (rules.empty()) return {};
  std::vector<spec::OciDeviceRule> all = rules;
  // Only what follows the last refusal still holds for certain.
  auto refusal = std::find_if(rules.rbegin(), rules.rend(), [](const auto& rule) { return !rule.allow; });
  for (const spec::OciDeviceRule& wanted : default_rules()) {
    bool there =
        std::any_of(refusal.base(), rules.end(), [&](const auto& rule) { return same(rule, wanted); });
    if (!there) all.push_back(wanted);
  }
  return all;
}

}  // namespace rundlet::runtime
