#include "registry-client/registry_error.h"

#include <array>
#include <cctype>
#include <utility>

#include "registry-client/wire.h"

namespace rundlet::registry_client {
namespace {

constexpr std::array<std::pair<std::string_view, ErrorCode>, 15> kWireCodes{{
    {"MANIFEST_UNKNOWN", ErrorCode::not_found},
    {"NAME_UNKNOWN", ErrorCode::not_found},
    {"BLOB_UNKNOWN", ErrorCode::not_found},
    {"BLOB_UPLOAD_UNKNOWN", ErrorCode::not_found},
    {"MANIFEST_BLOB_UNKNOWN", ErrorCode::failed_precondition},
    {"UNAUTHORIZED", ErrorCode::unauthenticated},
    {"DENIED", ErrorCode::permission_denied},
    {"TOOMANYREQUESTS", ErrorCode::unavailable},
    {"UNAVAILABLE", ErrorCode::unavailable},
    {"UNSUPPORTED", ErrorCode::unimplemented},
    {"DIGEST_INVALID", ErrorCode::invalid_argument},
    {"SIZE_INVALID", ErrorCode::invalid_argument},
    {"MANIFEST_INVALID", ErrorCode::invalid_argument},
    {"NAME_INVALID", ErrorCode::invalid_argument},
    {"TAG_INVALID", ErrorCode::invalid_argument},
}};

ErrorCode code_of_status(int status) {
  if (status == 401) return ErrorCode::unauthenticated;
  if (status == 403) return ErrorCode::permission_denied;
  if (status == 404) return ErrorCode::not_found;
  if (status == 429 || status >= 500) return ErrorCode::unavailable;
  return ErrorCode::invalid_argument;
}

std::string_view phrase_of(int status) {
  constexpr std::array<std::pair<int, std::string_view>, 14> kPhrases{
      {{400, "Bad Request"},
       {401, "Unauthorized"},
       {403, "Forbidden"},
       {404, "Not Found"},
       {405, "Method Not Allowed"},
       {406, "Not Acceptable"},
       {409, "Conflict"},
       {413, "Request Entity Too Large"},
       {416, "Requested Range Not Satisfiable"},
       {429, "Too Many Requests"},
       {500, "Internal Server Error"},
       {502, "Bad Gateway"},
       {503, "Service Unavailable"},
       {504, "Gateway Timeout"}}};
  for (const auto& [value, phrase] : kPhrases)
    if (value == status) return phrase;
  return "";
}

// "MANIFEST_UNKNOWN" reads "manifest unknown".
std::string spoken(std::string code) {
  for (char& c : code) c = c == '_' ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return code;
}

std::string text_of(const WireError& error) {
  std::string code = spoken(error.code);
  if (code.empty()) return error.message;
  return error.message.empty() ? code : code + ": " + error.message;
}

}  // namespace

std::string describe_refusal(const HttpResponse& response) {
  auto errors = parse_wire_errors(response.body);
  if (errors.size() == 1) return text_of(errors.front());
  if (!errors.empty()) {
    std::string text = "errors:";
    for (const WireError& error : errors) text += "\n" + text_of(error);
    return text;
  }
  if (response.status == 401) return "unauthorized: authentication required";
  if (response.status == 429) return "toomanyrequests: too many requests";
  std::string text = "received unexpected HTTP status: " + std::to_string(response.status);
  std::string_view phrase = phrase_of(response.status);
  return phrase.empty() ? text : text + " " + std::string(phrase);
}

std::string wire_code(const HttpResponse& response) {
  auto errors = parse_wire_errors(response.body);
  return errors.empty() ? "" : errors.front().code;
}

ErrorCode code_of_refusal(const HttpResponse& response) {
  std::string code = wire_code(response);
  for (const auto& [name, meaning] : kWireCodes)
    if (name == code) return meaning;
  return code_of_status(response.status);
}

void throw_refusal(const HttpResponse& response) {
  throw Error(code_of_refusal(response), describe_refusal(response));
}

}  // namespace rundlet::registry_client
