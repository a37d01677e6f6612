#!/usr/bin/env python3
# timeout: 180
"""Goal: a newcomer's first command works: the demo shows cells that move, with sentiment, ends when
told to, says what to do next, and leaves no process and no file behind, however it ends.

Method: the program is run without a terminal, under a pseudo terminal of 80 columns with Ctrl-C,
with one that goes away, with two signals, killed without warning, and without a redis-server on
PATH. TMPDIR is a folder of the test's own, so that what is left behind is seen; the port of the
demo's Redis, which it prints, is asked for.
"""
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import tempfile
import termios
import time

import cases

DEMO = [os.environ["GS_BIN"], "demo"]
DEADLINE_S = 60
CTRL_C_S = 2  # what the demo promises
ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# comments, clean, bhi of the influencer whom the demo's stream raids
RAIDED = re.compile(r"^(?:@creator1|inf0000001) +mega +([\d,]+) +(\d+)% \S+ +([\d.]+) ", re.M)
ROWS = re.compile(r"^@creator\S* +(?:nano|micro|mid|macro|mega) +[\d,]+ ", re.M)


def fresh_folder():
    return tempfile.mkdtemp(dir=os.environ.get("GS_TEST_TMP"))


def numbers(pattern, text):
    return [int(n.replace(",", "")) for n in re.findall(pattern, text)]


def port_of(text):
    return int(re.search(r"redis-server on 127\.0\.0\.1:(\d+)", text).group(1))


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(condition, what):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f"waited {DEADLINE_S} s until {what}"
        time.sleep(0.02)


def check_nothing_left(folder, port):
    assert not listens(port), f"the demo's Redis still listens on {port}"
    cases.equal(os.listdir(folder), [], "left in TMPDIR")


def run(arguments, environment):
    done = subprocess.run(DEMO + arguments, stdin=subprocess.DEVNULL, text=True, check=False,
                          capture_output=True, timeout=DEADLINE_S, env=environment)
    print(done.stdout, done.stderr)
    return done


def table_lines(text):
    """The lines up to the summary, which is prose."""
    return text.split("\nRead ")[0].splitlines()


def test_without_a_terminal():
    folder = fresh_folder()
    done = run(["--seconds", "5"], os.environ | {"TMPDIR": folder})
    cases.equal(done.returncode, 0)
    cases.equal(done.stderr, "", "the log is no part of the table")
    assert "\x1b" not in done.stdout, "there is no terminal that could be told to draw"
    comments = numbers(r"([\d,]+) comments ·", table_text(done.stdout))
    assert len(comments) >= 4 and comments[0] > 0, f"pictures: {comments}"
    assert comments == sorted(comments) and comments[-1] > comments[0], f"it moves: {comments}"
    for name in ("pos", "neu", "neg"):
        assert numbers(name + r" ([\d,]+)", done.stdout)[-1] > 0, name
    assert len(ROWS.findall(done.stdout)) >= 10, "rows of influencers with their tiers"
    assert max(map(len, table_lines(done.stdout))) <= 80
    assert numbers(r"Read (\d+) records in", done.stdout)[0] > 0
    assert done.stdout.splitlines()[-1].startswith("Next"), "the last line is the next step"
    check_nothing_left(folder, port_of(done.stdout))


def test_a_raid_shows():
    """Of the raided influencer less is clean from the 10th second on, and the index stays."""
    done = run(["--seconds", "24"], os.environ | {"TMPDIR": fresh_folder()})
    rows = [(int(comments.replace(",", "")), int(clean), float(bhi)) for comments, clean, bhi in
            RAIDED.findall(table_text(done.stdout))]
    before = [row for row in rows if row[0] >= 200 and row[1] >= 85]
    assert before, f"it is well before the raid: {rows}"
    assert rows[-1][1] < 75, f"clean comments in percent: {rows}"
    assert abs(rows[-1][2] - before[-1][2]) < 0.08, f"brand health: {rows}"


def table_text(text):
    return "\n".join(table_lines(text))


class Terminal:
    """The demo under a pseudo terminal of 80 columns and 24 lines."""

    def __init__(self, folder):
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.execve(DEMO[0], DEMO, os.environ | {"TMPDIR": folder, "TERM": "xterm"})
        self.bytes = b""
        self.status = None

    def read(self):
        """Reads what there is; False at the end."""
        if not select.select([self.file], [], [], 0.02)[0]:
            return True
        try:
            self.bytes += os.read(self.file, 65536)
        except OSError:  # so Linux says that the other side is closed
            return False
        return True

    def wait(self, limit_s):
        end = time.monotonic() + limit_s
        while self.read():
            assert time.monotonic() < end, f"did not end within {limit_s} s"
        self.status = os.waitpid(self.pid, 0)[1]
        os.close(self.file)

    def text(self):
        return self.bytes.decode("utf-8", "replace").replace("\r", "")

    def plain(self):
        return ESCAPES.sub("", self.text())

    def wait_for_rows(self):
        def shown():
            assert self.read(), f"ended too soon:\n{self.plain()}"
            return len(ROWS.findall(self.plain())) > 40
        until(shown, "there are several tables with rows")


def test_ctrl_c_on_a_terminal():
    folder = fresh_folder()
    terminal = Terminal(folder)
    terminal.wait_for_rows()
    os.write(terminal.file, b"\x03")
    begin = time.monotonic()
    terminal.wait(CTRL_C_S)
    print(f"ended {time.monotonic() - begin:.2f} s after Ctrl-C")
    cases.equal(os.waitstatus_to_exitcode(terminal.status), 0)
    assert "\x1b[32m" in terminal.text(), "colours"
    assert re.search(r"\x1b\[\d+A", terminal.text()), "drawn in place"
    assert max(map(len, table_lines(terminal.plain().replace("^C", "")))) <= 80
    assert terminal.plain().count("the end") == 1, "the last picture says so"
    assert terminal.plain().rstrip().splitlines()[-1].startswith("Next")
    check_nothing_left(folder, port_of(terminal.plain()))


def test_a_reader_that_goes_away():
    folder = fresh_folder()
    with subprocess.Popen(DEMO, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          env=os.environ | {"TMPDIR": folder}) as demo:
        port = port_of(demo.stdout.readline() + demo.stdout.readline())
        demo.stdout.close()
        cases.equal(demo.wait(DEADLINE_S), 69)
    check_nothing_left(folder, port)


def test_killed():
    terminal = Terminal(fresh_folder())
    terminal.wait_for_rows()
    port = port_of(terminal.plain())
    assert listens(port)
    os.kill(terminal.pid, signal.SIGKILL)
    terminal.wait(DEADLINE_S)
    until(lambda: not listens(port), "its Redis is gone too")


def test_a_terminal_that_is_closed():
    folder = fresh_folder()
    terminal = Terminal(folder)
    terminal.wait_for_rows()
    port = port_of(terminal.plain())
    os.close(terminal.file)  # the kernel sends SIGHUP
    os.waitpid(terminal.pid, 0)
    check_nothing_left(folder, port)


def test_two_signals():
    folder = fresh_folder()
    terminal = Terminal(folder)
    terminal.wait_for_rows()
    port = port_of(terminal.plain())
    os.kill(terminal.pid, signal.SIGTERM)
    os.kill(terminal.pid, signal.SIGINT)
    terminal.wait(CTRL_C_S)
    assert os.waitstatus_to_exitcode(terminal.status) in (128 + signal.SIGINT,
                                                          128 + signal.SIGTERM)
    until(lambda: not listens(port), "its Redis is gone too")
    cases.equal(os.listdir(folder), [], "left in TMPDIR")


def test_without_redis_server():
    folder = fresh_folder()
    done = run([], {"PATH": folder, "TMPDIR": folder})
    cases.equal(done.returncode, 69)
    assert "redis-server" in done.stderr and "install" in done.stderr
    cases.equal(os.listdir(folder), [], "left in TMPDIR")


if __name__ == "__main__":
    cases.main(globals())
