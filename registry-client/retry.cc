#include "registry-client/retry.h"

#include <curl/curl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/clock.h"

namespace rundlet::registry_client {
namespace {

constexpr int kMaxAttempts = 5;
constexpr int64_t kFirstPauseMillis = 250;
constexpr int64_t kMaxRetryAfterMillis = 60'000;

// 501 and 505 stay as they are however often one asks.
bool is_temporary(int status) {
  return status == 429 || (status >= 500 && status != 501 && status != 505);
}

int64_t backoff_millis(int attempt) {
  return kFirstPauseMillis << (attempt - 1);
}

// Seconds or an HTTP date; nullopt when the header is missing or malformed.
std::optional<int64_t> retry_after_millis(const HttpResponse& response) {
  auto value = response.header("Retry-After");
  if (!value) return std::nullopt;
  int64_t seconds = 0;
  auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), seconds);
  if (error == std::errc{} && end == value->data() + value->size())
    return std::clamp<int64_t>(seconds, 0, 1'000'000) * 1000;
  time_t date = curl_getdate(value->c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return std::max<int64_t>(0, date - unix_seconds(now())) * 1000;
}

}  // namespace

void pause_for(int64_t millis, const Cancel& cancel) {
  int64_t deadline = steady_millis() + millis;
  pollfd wait{cancel ? cancel->fd() : -1, POLLIN, 0};
  for (int64_t left = millis; left > 0; left = deadline - steady_millis()) {
    if (::poll(&wait, 1, static_cast<int>(left)) < 0 && errno != EINTR) throw_errno("poll");
    check_cancelled(cancel);
  }
}

HttpResponse send_with_retries(const std::function<HttpResponse()>& send,
                               const std::function<bool()>& may_repeat, const Cancel& cancel) {
  for (int attempt = 1;; ++attempt) {
    int64_t pause = backoff_millis(attempt);
    try {
      HttpResponse response = send();
      if (!is_temporary(response.status) || attempt == kMaxAttempts || !may_repeat()) return response;
      pause = retry_after_millis(response).value_or(pause);
      if (pause > kMaxRetryAfterMillis) return response;
    } catch (const TransportError& e) {
      bool broken = e.kind() == TransportError::Kind::broken;
      if (!broken || attempt == kMaxAttempts || !may_repeat()) throw;
    }
    pause_for(pause, cancel);
  }
}

}  // namespace rundlet::registry_client
