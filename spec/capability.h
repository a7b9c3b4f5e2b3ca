// Names of Linux capabilities (capabilities(7)); a name's place is its number.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace rundlet::spec {

// "CAP_CHOWN" (0) to "CAP_CHECKPOINT_RESTORE" (40).
std::span<const std::string_view> capability_names();
std::optional<unsigned> capability_number(std::string_view name);

}  // namespace rundlet::spec
