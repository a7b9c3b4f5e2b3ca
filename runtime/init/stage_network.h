// The loopback interface of a network namespace that nobody else wires.
#pragma once

namespace rundlet::runtime {

void bring_up_loopback();

}  // namespace rundlet::runtime
