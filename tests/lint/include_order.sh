#!/usr/bin/env bash
# Who may include whom: docs/architecture.md, "Layout". Tests may include anything and are not looked at.
. "$(dirname "$0")/lib.inc"

includes '"' | awk -F: '
BEGIN {
  # Between folders: only what stands here, and the folder itself.
  may["base"] = ""
  may["spec"] = "base/"
  may["registry-client"] = "spec/ base/"
  may["runtime"] = "spec/ base/"
  may["image-store"] = "registry-client/ spec/ base/"
  may["builder"] = "image-store/ runtime/client/ spec/ base/"
  may["orchestrate"] = "spec/ base/"
  may["daemon"] = "builder/ image-store/ runtime/client/ orchestrate/ spec/ base/"
  may["cli"] = "orchestrate/ spec/ base/"

  # Inside folders: source prefix, then what it must not include, and why.
  never("image-store/[^/]*$", "registry-client/", "image-store/transfer is the only user of registry-client")
  never("builder/dockerfile/", "builder/(graph|convert|solve|ops|export|context|builder\\.h)", "dockerfile knows text only")
  never("builder/graph/", "builder/(convert|solve|ops|export|context|builder\\.h)", "the graph knows no one")
  never("builder/solve/", "builder/(dockerfile|convert|ops|export|context|builder\\.h)", "the solver knows vertices and ops only")
  never("builder/convert/", "builder/(solve|ops|export)", "convert ends at the graph")
  never("builder/ops/", "builder/(dockerfile/parser|convert|export)", "ops do what the graph says")
  never("daemon/engine/", "daemon/api/", "the engine does not know its API")
  never("daemon/(network|volume)/", "daemon/(api|engine)/", "network and volumes stand below the engine")
  never("runtime/(init|rootfs|isolation|cgroup)/", "runtime/(shim|commands)/", "the container stands below shim and commands")
  never("runtime/shim/", "runtime/(client/remote_shim|commands)", "the shim does not know its callers")
  never("runtime/commands/", "runtime/shim/", "rundlet-oci works without a shim")
  never("spec/oci_", "spec/docker_api/", "the OCI formats do not know Docker")
}
function never(source, target, why) { ++rules; from[rules] = source; to[rules] = target; reason[rules] = why }
function starts(text, prefix) { return substr(text, 1, length(prefix)) == prefix }
{
  file = $1; target = $3
  folder = file; sub(/\/.*/, "", folder)
  if (!starts(target, folder "/")) {
    allowed = 0
    count = split(may[folder], prefixes, " ")
    for (i = 1; i <= count; ++i) if (starts(target, prefixes[i])) allowed = 1
    if (!allowed) print file ":" $2 ": " folder " may not include \"" target "\""
  }
  for (i = 1; i <= rules; ++i)
    if (file ~ "^" from[i] && target ~ "^" to[i])
      print file ":" $2 ": may not include \"" target "\": " reason[i]
}' | report
