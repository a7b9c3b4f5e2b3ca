// Undoing what a verb that failed, or was cut off by a crash, had made.
#pragma once

#include "daemon/engine/engine.h"

namespace rundlet::daemon {

// Snapshot, folder, anonymous volumes, row and name of a container whose creation did not end.
void roll_back_creation(Engine& engine, const Container& container);

// Everything that a start has made outside the record: processes, endpoint, pinned namespaces, bundle, cgroup.
void release_run_state(Engine& engine, const ContainerRecord& record);

// The rest of a removal, after its intent is durable; every step may have been done before.
void finish_removal(Engine& engine, const ContainerPtr& container, bool volumes);

}  // namespace rundlet::daemon
