// Sleeping between attempts.
#pragma once

#include "base/cancel.h"

namespace rundlet::image_store {

// Throws cancelled as soon as it is.
void pause_for(int millis, const Cancel& cancel);

}  // namespace rundlet::image_store
