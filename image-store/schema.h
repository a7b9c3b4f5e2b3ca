// The tables that image-store keeps in state.db.
#pragma once

#include "base/db/sqlite.h"

namespace rundlet::image_store {

// Brings the tables up to date; every part of the store calls it before its first query.
void migrate(db::Database& database);

}  // namespace rundlet::image_store
