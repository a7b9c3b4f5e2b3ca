// WWW-Authenticate (RFC 9110, section 11.6.1), as registries use it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rundlet::registry_client {

struct Challenge {
  std::string scheme;                             // lower case: "bearer", "basic"
  std::map<std::string, std::string> parameters;  // names in lower case, values unquoted
};

// One header may hold several challenges. What is malformed ends the reading; what came before it is kept.
std::vector<Challenge> parse_challenges(std::string_view header);

}  // namespace rundlet::registry_client
