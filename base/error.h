// base: mechanism that knows Linux, not containers; raw system calls live in it. Here: its one error type, a
// canonical code, the user's message and errno. Only boundaries (main, handler, thread body, child) catch it.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace rundlet {

enum class ErrorCode {
  not_found,
  already_exists,
  invalid_argument,
  failed_precondition,
  conflict,
  permission_denied,
  unauthenticated,
  unavailable,
  cancelled,
  deadline_exceeded,
  unimplemented,
  internal,
};

std::string_view to_string(ErrorCode code);
// Unknown names give internal.
ErrorCode error_code_from_string(std::string_view name);

class Error : public std::exception {
 public:
  Error(ErrorCode code, std::string message, int errno_value = 0)
      : code_(code), message_(std::move(message)), errno_(errno_value) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  // The errno of the failed system call, 0 when there was none.
  int errno_value() const { return errno_; }
  const char* what() const noexcept override { return message_.c_str(); }

  // "CONTEXT: message", for a caller that knows more about what was going on.
  Error with_context(std::string_view context) const;

 private:
  ErrorCode code_;
  std::string message_;
  int errno_;
};

// Throws Error with "WHAT: strerror"; the code follows from the errno (ENOENT: not_found, EEXIST: already_exists,
// EACCES and EPERM: permission_denied, else internal). The first form reads errno.
[[noreturn]] void throw_errno(std::string_view what);
[[noreturn]] void throw_errno(std::string_view what, int errno_value);

[[noreturn]] void throw_error(ErrorCode code, std::string message);
[[noreturn]] void throw_not_found(std::string message);
[[noreturn]] void throw_invalid(std::string message);

}  // namespace rundlet
