#!/usr/bin/env bash
# Docker's Python library against the engine: another client than the CLI, with its own expectations.
. "$(dirname "$0")/lib.inc"
need docker python3
python3 -c 'import docker' 2>/dev/null || skip "python3-docker is not installed"
start_daemon
docker_busybox
DOCKER_HOST=unix://$socket timeout 60 python3 - <<'PYTHON' || fail "see above"
import docker
client = docker.from_env(timeout=20)
assert client.ping()
assert client.version()["ApiVersion"]
assert client.containers.run("busybox", ["echo", "hello"], remove=True) == b"hello\n"
try:
    client.containers.run("busybox", ["sh", "-c", "echo bad >&2; exit 3"], remove=True)
    raise SystemExit("no ContainerError")
except docker.errors.ContainerError as error:
    assert error.exit_status == 3 and b"bad" in error.stderr, error
try:
    client.containers.get("nobody")
    raise SystemExit("no NotFound")
except docker.errors.NotFound:
    pass
box = client.containers.run("busybox", "sleep 1000", detach=True, name="box", labels={"a": "b"}, mem_limit="64m",
                            environment={"X": "y"}, ports={"80/tcp": ("127.0.0.1", None)}, tmpfs={"/t": "size=1m"})
assert box.status in ("created", "running")
box.reload()
assert box.status == "running" and box.attrs["HostConfig"]["Memory"] == 64 << 20
assert int(box.ports["80/tcp"][0]["HostPort"]) > 0
code, output = box.exec_run(["sh", "-c", "echo $X; exit 4"])
assert (code, output) == (4, b"y\n"), (code, output)
code, (out, err) = box.exec_run(["sh", "-c", "echo o; echo e >&2"], demux=True)
assert (code, out, err) == (0, b"o\n", b"e\n")
assert b"".join(box.exec_run("seq 3", stream=True).output) == b"1\n2\n3\n"
assert any("sleep 1000" in column for row in box.top()["Processes"] for column in row)
box.pause(); box.unpause()
assert [c.name for c in client.containers.list(filters={"label": "a=b"})] == ["box"]
box.exec_run("touch /made")
assert {"Path": "/made", "Kind": 1} in box.diff()
box.commit("made", "1")
assert client.images.get("made:1").tags == ["made:1"]
box.rename("crate")
box.stop(timeout=0)
assert box.wait()["StatusCode"] == 137
box.remove()
worker = client.containers.run("busybox", ["sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.1; done; exit 5"], detach=True)
assert b"".join(worker.logs(stream=True, follow=True)) == b"1\n2\n3\n"
assert worker.wait()["StatusCode"] == 5
assert worker.logs(tail=1) == b"3\n"
worker.remove()
since = client.info()["SystemTime"]
actions = [e["Action"] for e in client.events(since=0, until=2**33 if False else __import__("time").time(), decode=True) if e["Type"] == "container"]
assert actions[:3] == ["create", "attach", "start"] or actions[:2] == ["create", "start"], actions
assert "die" in actions and "destroy" in actions
client.images.remove("made:1")
PYTHON
equal "$(docker_ ps -aq)" ""
