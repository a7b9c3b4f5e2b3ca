// The query parameters of POST /build.
#pragma once

#include "builder/builder.h"
#include "daemon/api/router.h"

namespace rundlet::daemon {

// Throws invalid_argument for malformed ones, and names those that Rundlet does not do.
builder::BuildRequest build_request(const Call& call);

}  // namespace rundlet::daemon
