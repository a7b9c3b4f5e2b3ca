// Volumes as containers use them: made at create, filled with what the image holds there, removed with the container
// when they are anonymous.
#pragma once

#include "daemon/engine/engine.h"

namespace rundlet::daemon {

// Makes the record's volumes and fills in their sources. A new, empty volume gets the image's content (and owner and
// mode) of its destination, unless "nocopy" was asked. `base` is the image's snapshot.
void make_volumes(Engine& engine, Container& container, const image_store::SnapshotId& base);

void remove_anonymous_volumes(Engine& engine, const ContainerRecord& record);

}  // namespace rundlet::daemon
