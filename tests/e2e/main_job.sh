#!/usr/bin/env bash
# The main job on real input: a Debian image from a registry, a two-stage build that installs a compiler, a wholly cached
# second build, a change that reruns only what depends on it, a healthy published container, a push that others can use.
# First with rundlet, then with the docker CLI.
. "$(dirname "$0")/lib.inc"
need debootstrap skopeo docker-registry podman runc
podman_cgroup=rundlet-e2e-podman-$slot
registry=127.0.0.1:$((21000 + slot))
port=$((22000 + slot))

# The host's own package sources: whatever this machine installs from.
host_sources() { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | grep '^deb ' || true; }
mirror=$( { host_sources | sed 's/\[[^]]*\] *//' | awk '{print $2}'
  sed -n 's/^URIs: *\([^ ]*\).*/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null || true; } | head -n 1)
[ -n "$mirror" ] || skip "no Debian package source is configured on this machine"

make_debian() {
  local tree=$work/debian
  debootstrap --variant=minbase --include=ca-certificates bookworm "$tree" "$mirror" >"$work/debootstrap.log" 2>&1 ||
    { tail -n 5 "$work/debootstrap.log" >&2; fail "debootstrap"; }
  rm -rf "$tree/etc/apt/sources.list" "$tree/etc/apt/sources.list.d"
  cp -a /etc/apt/sources.list* "$tree/etc/apt/"
  cp -a /etc/apt/apt.conf.d/. "$tree/etc/apt/apt.conf.d/"
  cp -a /etc/apt/trusted.gpg.d/. "$tree/etc/apt/trusted.gpg.d/"
  cp -a /usr/share/keyrings/. "$tree/usr/share/keyrings/"
  cp -aL /etc/ssl/certs/ca-certificates.crt "$tree/etc/ssl/certs/ca-certificates.crt"
  rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/*
  tar -C "$tree" -c . | gzip -1 >"$work/debian.tar.gz"
  rm -rf --one-file-system "$tree"
}

start_registry() {
  cat >"$work/registry.yml" <<YAML
version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: $work/registry}, delete: {enabled: true}}
http: {addr: "$registry"}
YAML
  docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
  extra_pids+=($!)
  wait_until 10 curl -fs "http://$registry/v2/" || fail "the registry does not answer"
}

write_sources() { # DIRECTORY
  mkdir -p "$1"
  cat >"$1/message.c" <<'C'
const char *message = "served by a static binary\n";
C
  cat >"$1/server.c" <<'C'
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
extern const char *message;
int main(int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "--version") == 0) return puts("server 1") < 0;
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(8080)};
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 16)) return 1;
  for (;;) {
    char request[4096];
    int client = accept(listener, 0, 0);
    if (client < 0) continue;
    if (read(client, request, sizeof request) >= 0)
      dprintf(client, "HTTP/1.0 200 OK\r\nContent-Length: %zu\r\n\r\n%s", strlen(message), message);
    close(client);
  }
}
C
  cat >"$1/Dockerfile" <<DOCKERFILE
FROM $registry/debian:12 AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
WORKDIR /src
COPY message.c .
RUN gcc -O2 -c message.c
COPY server.c .
RUN gcc -O2 -static -o server server.c message.o

FROM $registry/debian:12
COPY --from=build /src/server /usr/local/bin/server
EXPOSE 8080
CMD ["server"]
DOCKERFILE
}

cached_steps() { grep -c 'Using cache' "$1" || true; }
check='exec 3<>/dev/tcp/127.0.0.1/8080'

main_job() { # COMMAND DIRECTORY IMAGE
  local cli=$1 sources=$2 image=$registry/$3
  write_sources "$sources"
  $cli build -t "$image" "$sources" >"$work/build1" 2>&1 || { tail -n 30 "$work/build1" >&2; fail "$cli build"; }
  $cli build -t "$image" "$sources" >"$work/build2" 2>&1 || fail "$cli second build"
  equal "$(cached_steps "$work/build2")" "$(grep -c '^Step' "$work/build2" | awk '{print $1 - 2}')" \
    "every step but the two FROMs is cached"
  sed -i "s/server 1/server by $cli/" "$sources/server.c"
  $cli build -t "$image" "$sources" >"$work/build3" 2>&1 || fail "$cli third build"
  equal "$(sed -n '/RUN gcc -O2 -c/{n;p}' "$work/build3")" " ---> Using cache" "does not depend on server.c"
  lacks "$(sed -n '/RUN gcc -O2 -static/{n;p}' "$work/build3")" "Using cache"

  $cli run -d --name server -p "127.0.0.1:$port:8080" --health-cmd "bash -c '$check'" --health-interval 1s "$image" >/dev/null
  healthy() { [ "$($cli inspect -f '{{.State.Health.Status}}' server)" = healthy ]; }
  wait_until 15 healthy || fail "not healthy: $($cli inspect -f '{{json .State.Health}}' server)"
  equal "$(curl -fs "http://127.0.0.1:$port/")" "served by a static binary"
  $cli rm -f server >/dev/null

  $cli push "$image" >"$work/push" 2>&1 || { cat "$work/push" >&2; fail "$cli push"; }
  contains "$(cat "$work/push")" "digest: sha256:"
  skopeo inspect --tls-verify=false "docker://$image" >"$work/inspected"
  contains "$(cat "$work/inspected")" '"Architecture"'
  # runc: crun does not take part in hybrid cgroups; the limits: podman's defaults raise some, which is not given to all
  local podman=(podman --root "$work/podman" --runroot "$work/podman-run" --cgroup-manager cgroupfs --runtime runc)
  equal "$("${podman[@]}" run --rm --tls-verify=false --network none --cgroup-parent "/$podman_cgroup" \
    --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$image" server --version 2>"$work/podman.log")" "server by $cli" \
    "podman run of the pushed image: $(tail -n 3 "$work/podman.log")"
  # podman leaves its storage mounted and its parent cgroup behind
  if mountpoint -q "$work/podman/overlay"; then umount "$work/podman/overlay"; fi
  find /sys/fs/cgroup -depth -type d -path "*/$podman_cgroup*" -exec rmdir {} \;
}

start_registry
start_daemon
make_debian
skopeo copy --quiet --dest-tls-verify=false "tarball:$work/debian.tar.gz" "docker://$registry/debian:12"
rm "$work/debian.tar.gz"

rd pull "$registry/debian:12" >"$work/pull"
contains "$(cat "$work/pull")" "Status: Downloaded newer image"
main_job rd "$work/src1" hello-rundlet:1
if command -v docker >/dev/null; then
  docker_ rmi -f "$registry/debian:12" >/dev/null
  docker_ pull "$registry/debian:12" >"$work/pull"
  contains "$(cat "$work/pull")" "Status: Downloaded newer image"
  main_job docker_ "$work/src2" hello-docker:1
fi
