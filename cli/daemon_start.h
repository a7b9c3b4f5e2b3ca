// Starting rundletd when nobody has: in the background, out of the caller's session and cgroups.
#pragma once

#include <string>

namespace rundlet::cli {

// Returns when a daemon answers at the default socket. Starts rundletd, found beside this program or in PATH,
// when nothing listens there, and says so on stderr. Throws unavailable with the end of the log when it does
// not come up.
void ensure_daemon(const std::string& socket_path);

}  // namespace rundlet::cli
