// Shell patterns: `*` and `?` (any character, also '/'), and the escape character.
#pragma once

#include <string>
#include <string_view>

namespace rundlet::builder::dockerfile {

bool glob_match(std::string_view pattern, std::string_view text);
// ${value#pattern} and ${value##pattern} (greedy), ${value%pattern} and ${value%%pattern}.
std::string trim_prefix(std::string_view value, std::string_view pattern, bool greedy);
std::string trim_suffix(std::string_view value, std::string_view pattern, bool greedy);
// ${value/pattern/replacement} and ${value//…} (all): the longest match at the leftmost place.
std::string replace_pattern(std::string_view value, std::string_view pattern, std::string_view replacement,
                            bool all);

}  // namespace rundlet::builder::dockerfile
