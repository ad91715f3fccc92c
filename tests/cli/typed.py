"""Type at a program on a terminal: typed.py COMMAND ARGUMENT... < KEYS

Each line of standard input is typed, with \\t for Tab, \\u for Up, \\c for ^C, and
Enter at its end; then the program's answer is waited for. Prints what came to the
terminal, without cursor movements, and with colours written as <N>. The terminal has
COLUMNS columns, or 80; a line that does not fit is folded as fast typing has it, so
compare none that does not.
"""
import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios

keys = [line.rstrip("\n") for line in sys.stdin]
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    columns = int(os.environ.get("COLUMNS", 80))
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.execvp(sys.argv[1], sys.argv[1:])

seen = b""


def read_until_quiet(seconds):
    """Everything until nothing comes for that long; False when it has ended."""
    global seen
    while select.select([fd], [], [], seconds)[0]:
        try:
            data = os.read(fd, 65536)
        except OSError:
            return False
        if not data:
            return False
        seen += data
    return True


def prompted():
    """Is a prompt the last thing that came?"""
    return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", seen).endswith(b"> ")


def read_until_prompt():
    """As read_until_quiet(), and until a prompt is there, or for ten seconds."""
    for _ in range(40):
        if not read_until_quiet(0.25):
            return False
        if prompted():
            break
    return True


read_until_prompt()
for line in keys:
    for key in re.findall(r"\\.|.", line) + ["\r"]:
        os.write(fd, {"\\t": b"\t", "\\u": b"\x1b[A", "\\c": b"\x03"}.get(key, key.encode()))
        if key in ("\\t", "\\u", "\\c"):
            read_until_quiet(0.3)
    if not read_until_prompt():
        break
os.close(fd)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
text = seen.decode(errors="replace")
text = re.sub(r"\x1b\[([0-9;]*)m", lambda m: f"<{m.group(1)}>", text)
text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x1b\].*?\x07", "", text)
print(text.replace("\r", ""))
print(f"status {status}")
