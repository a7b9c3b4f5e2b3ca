// Temporary refusals (429, 502, 503, 504 and other 5xx) and connections that break are tried again, a bounded
// number of times and with growing pauses; Retry-After is honoured up to a minute, a longer one is the
// caller's failure.
#pragma once

#include <functional>

#include "registry-client/transport.h"

namespace rundlet::registry_client {

// Throws cancelled.
void pause_for(int64_t millis, const Cancel& cancel);

// `may_repeat`: whether sending again is still possible (no body consumed, no data delivered).
HttpResponse send_with_retries(const std::function<HttpResponse()>& send,
                               const std::function<bool()>& may_repeat, const Cancel& cancel);

}  // namespace rundlet::registry_client
