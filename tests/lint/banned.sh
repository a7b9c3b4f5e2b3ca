#!/usr/bin/env bash
# Calls that have a safe form in base, or that only one place may make. A new exception is added here, with its reason.
. "$(dirname "$0")/lib.inc"

sources | xargs awk '
BEGIN {
  # `any` finds a call however it is written; `global` only ::name(…), for names that functions of ours have too.
  any = "(^|[^A-Za-z0-9_.>:])(::|std::)?"
  global = "(^|[^A-Za-z0-9_>:])::"

  # Never, anywhere.
  ban(any, "gets|strcpy|stpcpy|strcat|strncat|sprintf|vsprintf|alloca", "", "no bound: use std::string or fmt")
  ban(any, "system|popen|wordexp", "", "no shell: base/proc/spawn.h")
  ban(any, "tmpnam|tempnam|mktemp", "", "a race: mkostemp or mkdtemp")
  ban(any, "strtok|asctime|ctime|localtime|gmtime|rand|srand|random|drand48", "", "not thread-safe: base/clock.h, base/random.h")
  ban(any, "setjmp|longjmp|sigsetjmp|siglongjmp", "", "skips destructors")
  ban(any, "setenv|unsetenv|putenv", "", "not thread-safe: pass the environment to base/proc/spawn.h")
  ban(global, "dup|accept|pipe|creat|epoll_create|inotify_init|eventfd_read", "", "forgets CLOEXEC: base/fd.h, base/unix_socket.h")
  ban(global, "select|FD_SET", "", "limited to 1024 descriptors: base/reactor.h or poll")

  # Processes are made in base/proc; beside it, by the container clone itself and by the shim that leaves its caller.
  ban(any, "fork|_Fork|vfork", "runtime/shim/main.cc", "base/proc/spawn.h")
  ban(global, "clone|clone3", "", "runtime/init/clone.h")
  ban(any, "posix_spawnp?|exec[lv]p?e?|fexecve|execveat", "runtime/init/stage_process.cc", "base/proc/spawn.h")
  ban(global, "daemon", "", "base/proc/spawn.h")

  # Mounts and namespaces: the runtime, the store that looks into a snapshot, and the sandbox that pins a namespace.
  ban(global, "mount|umount|umount2|setns|unshare|move_mount|open_tree|fsmount",
      "runtime/ image-store/mounted_tree.cc daemon/engine/sandbox.cc", "only where the list says")
  ban(global, "syscall", "runtime/", "raw system calls live in base")
  ban(global, "chroot|pivot_root", "", "runtime/rootfs/pivot_root.h")

  # Names inside images and containers go through rooted descriptors.
  ban(any, "realpath", "runtime/commands/create.cc cli/", "base/fs/rooted_path.h")
  ban(global, "chdir|fchdir", "runtime/", "changes the whole process")
  ban(any, "ftw|nftw|fts_open|glob", "", "follows links: base/fs/tree_walk.h")
  ban(global, "exit|_exit|_Exit|quick_exit|abort",
      "runtime/ cli/daemon_start.cc", "throw: only a boundary ends the process")
}
function ban(form, names, files, why) {
  ++rules; call[rules] = form "(" names ")[ \t]*\\("; may[rules] = files; reason[rules] = why
}
function excused(rule,    i, count, prefixes) {
  count = split(may[rule], prefixes, " ")
  for (i = 1; i <= count; ++i) if (index(FILENAME, prefixes[i]) == 1) return 1
  return 0
}
FILENAME ~ /^base\// { next }
{
  line = $0
  gsub(/"([^"\\]|\\.)*"/, "\"\"", line)
  sub(/\/\/.*/, "", line)
  for (i = 1; i <= rules; ++i)
    if (line ~ call[i] && !excused(i))
      print FILENAME ":" FNR ": banned call, " reason[i] ": " substr($0, match($0, /[^ ]/))
}' | report
