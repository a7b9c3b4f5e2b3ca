#!/usr/bin/env bash
# The default bridge, none, host and container networks; published ports; the files that belong to a network.
. "$(dirname "$0")/lib.inc"
need docker curl python3 nsenter
start_daemon
docker_busybox
run() { docker_ run --rm "$@"; }
port=$((23000 + slot * 20))

address=$(run busybox ip -4 -o addr show eth0 | awk '{print $4}')
contains "$address" "10.$((100 + slot))."
equal "$(run --network none busybox ls /sys/class/net)" lo
[ "$(run --network host busybox readlink /proc/self/ns/net)" = "$(readlink /proc/self/ns/net)" ] || fail "not the host's network"
equal "$(run --network host busybox hostname)" "$(hostname)"
docker_ run -d --name box --hostname cask --add-host other:1.2.3.4 busybox sleep 1000 >/dev/null
equal "$(run --network container:box busybox sh -c 'hostname; ip -4 -o addr show eth0' | awk 'NR == 1 {print} NR == 2 {print $4}' | xargs)" \
  "cask $(docker_ inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}/24' box)"
contains "$(docker_ exec box cat /etc/hosts)" "1.2.3.4	other"
equal "$(docker_ exec box cat /etc/hostname)" cask
contains "$(run --dns 9.9.9.9 --dns-search example.org --dns-option ndots:2 busybox cat /etc/resolv.conf | xargs)" \
  "nameserver 9.9.9.9 search example.org options ndots:2"
docker_ exec box ping -c 1 -W 2 "$(docker_ inspect -f '{{.NetworkSettings.Networks.bridge.Gateway}}' box)" >/dev/null || fail "the gateway does not answer"
other=$(docker_ run -d busybox sleep 1000)
docker_ exec box ping -c 1 -W 2 "$(docker_ inspect -f '{{.NetworkSettings.Networks.bridge.IPAddress}}' "$other")" >/dev/null ||
  fail "containers do not reach each other"
docker_ rm -f "$other" >/dev/null

# ports
docker_ run -d --name web -p 127.0.0.1:$port:80 -p $((port + 1)):81/udp -p 127.0.0.1::82 -p $((port + 2))-$((port + 4)):90-92 \
  busybox sh -c 'mkdir /w; echo up >/w/index.html; httpd -f -h /w' >/dev/null
wait_until 5 curl -fs "http://127.0.0.1:$port/" || fail "the published port does not answer"
# busybox has no server for UDP: one from outside enters the container's network
nsenter -t "$(docker_ inspect -f '{{.State.Pid}}' web)" -n python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('0.0.0.0', 81))
while True: s.sendto(*s.recvfrom(100))" &
extra_pids+=($!)
udp() { python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)
s.sendto(b'datagram', ('127.0.0.1', $((port + 1)))); print(s.recv(100).decode())"; }
wait_until 10 udp || fail "the UDP port does not answer"
equal "$(udp)" datagram
equal "$(docker_ port web 80)" "127.0.0.1:$port"
equal "$(docker_ port web 81/udp)" "0.0.0.0:$((port + 1))"
contains "$(docker_ port web)" "91/tcp -> 0.0.0.0:$((port + 3))"
random=$(docker_ port web 82)
[ "${random#*:}" -ge 32768 ] || fail "not a random port: $random"
refused "No public port '99' published for web" docker_ port web 99
exits 125 run -p 127.0.0.1:$port:80 busybox true
contains "$output" "Bind for 127.0.0.1:$port failed: port is already allocated"
exits 125 run -p $port:80 busybox true
contains "$output" "port is already allocated"
docker_ stop -t 0 web >/dev/null
refused "" curl -fs -m 2 "http://127.0.0.1:$port/"
docker_ start web >/dev/null
wait_until 5 curl -fs "http://127.0.0.1:$port/" || fail "the port does not come back with the container"
docker_ rm -f web >/dev/null
run -p 127.0.0.1:$port:80 busybox true || fail "the port was not freed"
python3 -c "
import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(('127.0.0.1', $((port + 5)))); s.listen(); time.sleep(30)" &
extra_pids+=($!)
sleep 0.5
exits 125 run -p 127.0.0.1:$((port + 5)):80 busybox true
contains "$output" "address already in use"
docker_ run -d --name many -P --expose 7 --expose 8-9/udp busybox sleep 100 >/dev/null
equal "$(docker_ port many | awk '{print $1}' | xargs)" "7/tcp 8/udp 9/udp"
docker_ rm -f many box >/dev/null
