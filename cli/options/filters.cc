#include "cli/options/filters.h"

#include "cli/text.h"

namespace rundlet::cli {

void add_filter_flag(FlagSet& flags, spec::docker_api::Filters& filters) {
  flags.add({'f', "filter", "filter", "Filter output based on conditions provided", "", false,
             [&filters](auto text) {
               auto pair = cut(text, '=');
               if (!pair) throw_invalid("bad format of filter (expected name=value)");
               filters[lower(trim(pair->first))].push_back(trim(pair->second));
             }});
}

}  // namespace rundlet::cli
