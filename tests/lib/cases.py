"""Runs the test_* functions of a case file: `cases.main(globals())` as its last line.

Each prints its name and how long it took; a failed one its traceback. The last lines say once more
what went wrong, since of a long log only the end is shown. Exit code 1 if any failed. Arguments
choose functions by a part of their names.
"""
import sys
import time
import traceback
from pathlib import Path


def chosen(space):
    names = [name for name in space if name.startswith("test_") and callable(space[name])]
    wanted = sys.argv[1:]
    return [name for name in names if not wanted or any(part in name for part in wanted)]


def in_short(error):
    """Where it was raised by the case, and the beginning of what it says."""
    case = [frame for frame in traceback.extract_tb(error.__traceback__)
            if "/tests/" in frame.filename]
    where = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in case[:0:-1])
    lines = [line[:160] for line in str(error).splitlines()]
    return "\n".join([f"{type(error).__name__} at {where}", *lines[:3], *lines[3:][-5:]])


def run_one(name, function):
    """What went wrong, or nothing."""
    begin, wrong = time.monotonic(), ""
    try:
        function()
    except Exception as error:  # pylint: disable=broad-except
        traceback.print_exc(file=sys.stdout)
        wrong = in_short(error)
    seconds = time.monotonic() - begin
    print(f"{'FAIL' if wrong else 'ok  '} {name} {seconds:.1f} s", flush=True)
    return wrong


def main(space):
    names = chosen(space)
    if not names:
        print("no test matches")
        sys.exit(1)
    wrong = {name: run_one(name, space[name]) for name in names}
    failed = [name for name in names if wrong[name]]
    for name in failed:
        print(f"{name}: {wrong[name]}")
    print(f"{len(names) - len(failed)} passed, {len(failed)} failed"
          + (": " + " ".join(failed) if failed else ""))
    sys.exit(1 if failed else 0)


def equal(found, expected, what=""):
    """Fails with both values."""
    if found != expected:
        raise AssertionError(f"{what or 'value'}: found {found!r}, expected {expected!r}")
