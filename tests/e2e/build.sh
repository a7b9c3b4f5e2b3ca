#!/usr/bin/env bash
# Builds: stages, cache, arguments, errors with their lines, what is in the result.
. "$(dirname "$0")/lib.inc"
start_daemon
busybox_image
context=$work/context
mkdir -p "$context/dir"
build() { rd build -t result "$@" "$context"; }
write() { cat >"$context/Dockerfile"; }

echo one >"$context/dir/one" && echo two >"$context/dir/two" && echo secret >"$context/ignored"
echo ignored >"$context/.dockerignore"
write <<'DOCKERFILE'
ARG BASE=busybox
FROM ${BASE} AS never
RUN echo not needed && false

FROM ${BASE} AS files
WORKDIR /deep/er
COPY --chown=nobody:100 --chmod=640 dir/* ./
RUN ls >list

FROM ${BASE}
ARG GREETING=hello
ENV WHO=world GREETING=${GREETING:-unset}
LABEL org.example.line="a b"
COPY --from=files /deep/er /copied
COPY <<-TEXT /heredoc
	from a heredoc, $WHO
TEXT
RUN <<SCRIPT
echo "$GREETING $WHO" >/greeting
id -u >/uid
SCRIPT
VOLUME /data
EXPOSE 80 53/udp
USER nobody
STOPSIGNAL SIGINT
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["cat /greeting; id -u"]
DOCKERFILE
build --build-arg GREETING=salve >"$work/out" 2>&1 || { cat "$work/out" >&2; fail build; }
lacks "$(cat "$work/out")" "not needed"
first=$(rd inspect -f '{{.Id}}' result)
equal "$(rd run --rm result)" "salve world
65534"
equal "$(rd run --rm result 'cat /heredoc /copied/list')" "from a heredoc, world
list
one
two"
equal "$(rd run --rm result 'stat -c %a:%u:%g /copied/one')" "640:65534:100"
refused "No such file" rd run --rm result 'cat /deep/er/list'
equal "$(rd inspect -f '{{.Config.StopSignal}} {{index .Config.Labels "org.example.line"}} {{.Config.User}}' result)" "SIGINT a b nobody"
for leftover in /etc/resolv.conf /etc/hosts /etc/hostname; do
  lacks "$(rd save result | tar -xO --wildcards 'blobs/*' 2>/dev/null | tar -tz 2>/dev/null || true)" "${leftover#/}"
done

# the same again is wholly cached and the same image; a touched file changes nothing; another argument does
build --build-arg GREETING=salve >"$work/out" 2>&1
equal "$(rd inspect -f '{{.Id}}' result)" "$first"
touch "$context/dir/one" "$context/ignored"
build --build-arg GREETING=salve >/dev/null 2>&1
equal "$(rd inspect -f '{{.Id}}' result)" "$first" "time stamps are not content"
build >/dev/null 2>&1
[ "$(rd inspect -f '{{.Id}}' result)" != "$first" ] || fail "the argument was ignored"
build --no-cache >"$work/out" 2>&1
lacks "$(cat "$work/out")" "Using cache"
build --target files >/dev/null 2>&1
equal "$(rd run --rm result cat list)" "list
one
two"

# errors
printf 'FROM busybox\nNONSENSE x\n' | write
refused "unknown instruction: NONSENSE" build
printf 'FROM busybox\n\nCOPY missing /\n' | write
refused "missing" build
printf 'FROM busybox\nRUN exit 9\n' | write
refused "returned a non-zero code: 9" build
printf 'FROM busybox\nCOPY ignored /\n' | write
refused "ignored" build
printf 'FROM no-such-registry.invalid/image:1\n' | write
refused "no-such-registry.invalid" build
printf 'FROM busybox\nRUN echo still works\n' | write
build >/dev/null 2>&1 || fail "a good build after bad ones"
