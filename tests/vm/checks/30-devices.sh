# The device filter is a BPF program on v2. The serial line (4:64) needs no capability, so only the filter can refuse it.
open_serial='mknod /tmp/line c 4 64 && exec 3</tmp/line && echo opened'
check "the machine itself opens the device" sh -c 'exec 3</dev/ttyS0'
check "mknod is allowed, as with docker, the open is not" refused "Operation not permitted" \
  rd run --rm --network none box sh -c "$open_serial"
check "/dev/null, zero, full, random, urandom and tty work" rd run --rm -t --network none box sh -c \
  'echo x >/dev/null && for d in zero full random urandom; do head -c 1 /dev/$d >/dev/null || exit; done; echo >/dev/tty'
check "--device allows one" equal \
  "$(rd run --rm --network none --device /dev/ttyS0:/dev/line box sh -c 'exec 3<>/dev/line && echo opened')" opened
check "--device with r allows to read" equal \
  "$(rd run --rm --network none --device /dev/ttyS0:/dev/line:r box sh -c 'exec 3</dev/line && echo opened')" opened
check "--device with r refuses to write" refused "Operation not permitted" \
  rd run --rm --network none --device /dev/ttyS0:/dev/line:r box sh -c 'exec 3>/dev/line'
check "--privileged opens all" equal "$(rd run --rm --network none --privileged box sh -c "$open_serial")" opened
rd run -d --name filtered --network none box sleep 1000 >/dev/null
check "exec is under the filter too" refused "Operation not permitted" rd exec filtered sh -c "$open_serial"
rd rm -f filtered >/dev/null
