#include "base/http/relay.h"

#include <vector>

#include "base/error.h"
#include "base/log.h"

namespace rundlet::http {

Relay::Relay(Transport& outer, Fd inner, int wake_fd)
    : outer_(outer),
      inner_(std::move(inner), wake_fd),
      inward_([this] { copy(outer_, inner_); }),
      outward_([this] { copy(inner_, outer_); }) {}

Relay::~Relay() = default;

void Relay::abort() {
  inner_.abort();
  outer_.abort();
}

void Relay::copy(Transport& from, Transport& to) {
  try {
    std::vector<char> buffer(32 * 1024);
    while (size_t count = from.read(buffer.data(), buffer.size(), Deadline::never())) {
      to.write({std::string_view(buffer.data(), count)}, -1);
    }
    to.shutdown_write();
  } catch (const Error& error) {
    log::debug("relayed connection ended: {}", error.message());
    abort();
  }
}

}  // namespace rundlet::http
