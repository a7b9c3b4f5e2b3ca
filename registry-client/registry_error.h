// What a registry's refusal means, in docker's words.
#pragma once

#include <string>

#include "base/error.h"
#include "registry-client/transport.h"

namespace rundlet::registry_client {

// "manifest unknown: manifest unknown", "unauthorized: authentication required", or, without an error
// document, "received unexpected HTTP status: 404 Not Found".
std::string describe_refusal(const HttpResponse& response);
ErrorCode code_of_refusal(const HttpResponse& response);
// The registry's first error code ("DENIED"), "" when it gave none.
std::string wire_code(const HttpResponse& response);
[[noreturn]] void throw_refusal(const HttpResponse& response);

}  // namespace rundlet::registry_client
