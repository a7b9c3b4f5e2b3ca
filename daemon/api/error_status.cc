#include "daemon/api/error_status.h"

#include "spec/docker_api/system.h"

namespace rundlet::daemon {

int http_status(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument: return 400;
    case ErrorCode::unauthenticated: return 401;
    case ErrorCode::permission_denied: return 403;
    case ErrorCode::not_found: return 404;
    case ErrorCode::conflict:
    case ErrorCode::already_exists:
    case ErrorCode::failed_precondition: return 409;
    case ErrorCode::unimplemented: return 501;
    case ErrorCode::unavailable: return 503;
    case ErrorCode::deadline_exceeded: return 504;
    case ErrorCode::cancelled:
    case ErrorCode::internal: return 500;
  }
  return 500;
}

std::pair<int, std::string> error_response(const std::exception& error) {
  auto* known = dynamic_cast<const Error*>(&error);
  int status = known ? http_status(known->code()) : 500;
  return {status, spec::docker_api::error_body(error.what())};
}

}  // namespace rundlet::daemon
