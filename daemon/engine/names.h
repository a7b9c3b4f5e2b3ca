// Names for containers that were given none: an adjective and a cooper's word.
#pragma once

#include <string>

namespace rundlet::daemon {

std::string random_name();
// Throws invalid_argument, in docker's words, for what is no container name. A leading slash is taken off.
std::string checked_name(const std::string& name);

}  // namespace rundlet::daemon
