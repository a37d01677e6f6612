"""Runs the test_* functions of a case file: `cases.main(globals())` as its last line.

Each prints its name and how long it took; a failed one its traceback. Exit code 1 if any failed.
Arguments choose functions by a part of their names.
"""
import sys
import time
import traceback


def chosen(space):
    names = [name for name in space if name.startswith("test_") and callable(space[name])]
    wanted = sys.argv[1:]
    return [name for name in names if not wanted or any(part in name for part in wanted)]


def run_one(name, function):
    begin = time.monotonic()
    try:
        function()
        verdict = "ok  "
    except Exception:  # pylint: disable=broad-except
        traceback.print_exc(file=sys.stdout)
        verdict = "FAIL"
    print(f"{verdict} {name} {time.monotonic() - begin:.1f} s", flush=True)
    return verdict == "ok  "


def main(space):
    names = chosen(space)
    if not names:
        print("no test matches")
        sys.exit(1)
    failed = [name for name in names if not run_one(name, space[name])]
    print(f"{len(names) - len(failed)} passed, {len(failed)} failed"
          + (": " + " ".join(failed) if failed else ""))
    sys.exit(1 if failed else 0)


def equal(found, expected, what=""):
    """Fails with both values."""
    if found != expected:
        raise AssertionError(f"{what or 'value'}: found {found!r}, expected {expected!r}")
