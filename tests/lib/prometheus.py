"""promtool, and the metrics that there are, for tests."""
import re
import shutil
import subprocess
import sys

from stack import BINARY, ROOT


def promtool(*words, given=None):
    """(exit code, what it says). The case is skipped where promtool can neither be found nor
    built."""
    if not shutil.which("promtool") and not shutil.which("go"):
        print("promtool is not there, nor Go, from which it could be built")
        sys.exit(77)
    tool = subprocess.run([ROOT / "tests" / "lib" / "promtool.sh"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()
    done = subprocess.run([tool, *map(str, words)], input=given, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def listed():
    """name -> type, of the reference."""
    done = subprocess.run([BINARY, "metrics"], check=True, stdout=subprocess.PIPE, text=True)
    return dict(re.findall(r"^\| `(groundswell_\w+)` \| (\w+)", done.stdout, re.M))


def series():
    """The names of all samples."""
    return {name + suffix for name, kind in listed().items()
            for suffix in (("_bucket", "_sum", "_count") if kind == "histogram" else ("",))}
