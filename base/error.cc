#include "base/error.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace rundlet {
namespace {

constexpr std::array<std::pair<ErrorCode, std::string_view>, 12> kNames{{
    {ErrorCode::not_found, "not_found"},
    {ErrorCode::already_exists, "already_exists"},
    {ErrorCode::invalid_argument, "invalid_argument"},
    {ErrorCode::failed_precondition, "failed_precondition"},
    {ErrorCode::conflict, "conflict"},
    {ErrorCode::permission_denied, "permission_denied"},
    {ErrorCode::unauthenticated, "unauthenticated"},
    {ErrorCode::unavailable, "unavailable"},
    {ErrorCode::cancelled, "cancelled"},
    {ErrorCode::deadline_exceeded, "deadline_exceeded"},
    {ErrorCode::unimplemented, "unimplemented"},
    {ErrorCode::internal, "internal"},
}};

ErrorCode code_of_errno(int value) {
  switch (value) {
    case ENOENT: return ErrorCode::not_found;
    case EEXIST: return ErrorCode::already_exists;
    case EACCES:
    case EPERM: return ErrorCode::permission_denied;
    default: return ErrorCode::internal;
  }
}

}  // namespace

std::string_view to_string(ErrorCode code) {
  for (const auto& [value, name] : kNames)
    if (value == code) return name;
  return "internal";
}

ErrorCode error_code_from_string(std::string_view name) {
  for (const auto& [value, known] : kNames)
    if (known == name) return value;
  return ErrorCode::internal;
}

Error Error::with_context(std::string_view context) const {
  return Error(code_, std::string(context) + ": " + message_, errno_);
}

void throw_errno(std::string_view what) { throw_errno(what, errno); }

void throw_errno(std::string_view what, int errno_value) {
  throw Error(code_of_errno(errno_value), std::string(what) + ": " + std::strerror(errno_value), errno_value);
}

void throw_error(ErrorCode code, std::string message) { throw Error(code, std::move(message)); }
void throw_not_found(std::string message) { throw Error(ErrorCode::not_found, std::move(message)); }
void throw_invalid(std::string message) { throw Error(ErrorCode::invalid_argument, std::move(message)); }

}  // namespace rundlet
