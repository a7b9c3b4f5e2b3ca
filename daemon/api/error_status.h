// The one mapping from canonical error codes to HTTP.
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "base/error.h"

namespace rundlet::daemon {

int http_status(ErrorCode code);
// Status and docker's body {"message": …} of whatever a handler has thrown.
std::pair<int, std::string> error_response(const std::exception& error);

}  // namespace rundlet::daemon
