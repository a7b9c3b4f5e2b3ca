// The "aux" messages of a build's stream.
#pragma once

#include <string>

#include "base/codec/json_raw.h"

namespace rundlet::cli {

// {"ID": "sha256:…"} → the id; empty for another kind of message.
std::string image_id_of(const json::Raw& aux);

}  // namespace rundlet::cli
