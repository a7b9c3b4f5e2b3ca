// Every verb of the command line; each is defined in the file of its name.
#pragma once

#include "cli/command.h"

namespace rundlet::cli {

extern const Command kAttach, kBuild, kCommit, kContainerInspect, kCreate, kDiff, kEvents, kExec, kHistory,
    kImageInspect, kImages, kImport, kInfo, kInspect, kKill, kLoad, kLogs, kPause, kPort, kPs, kPull, kPush,
    kRename, kRestart, kRm, kRmi, kRun, kSave, kStart, kStop, kTag, kTop, kUnpause, kVersion, kWait;

}  // namespace rundlet::cli
