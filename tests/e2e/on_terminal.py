"""Runs a command on a pseudo terminal and types at it: on_terminal.py TEXT=KEYS... -- COMMAND...

Each KEYS (with \\x escapes) is typed once its TEXT has been shown after the keys before. What the terminal showed is
printed at the end, and the command's exit status is passed on."""
import os
import pty
import struct
import sys
import fcntl
import termios

split = sys.argv.index("--")
script = [argument.split("=", 1) for argument in sys.argv[1:split]]
child, terminal = pty.fork()
if child == 0:
    os.execvp(sys.argv[split + 1], sys.argv[split + 1:])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 101, 0, 0))
shown, seen = b"", 0
while True:
    try:
        data = os.read(terminal, 65536)
    except OSError:  # EIO: the other side is closed
        data = b""
    if not data:
        break
    shown += data
    while script and (at := shown.find(script[0][0].encode(), seen)) >= 0:
        seen = at + len(script[0][0])
        os.write(terminal, script.pop(0)[1].encode().decode("unicode_escape").encode("latin1"))
sys.stdout.write(shown.decode(errors="replace"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
