#!/usr/bin/env python3
# timeout: 120
"""Goal: the benchmark against discard works, so that it can be trusted when it is needed.
Method: one round on a small topic; every mode must have met every record (the benchmark checks that
itself), and the last line must be JSON with what others read from it, also what it ran with."""
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ.get("GS_ROOT", Path(__file__).resolve().parents[2]))


def main():
    done = subprocess.run([sys.executable, str(ROOT / "bench/throughput.py"), "--events", "20000",
                           "--rounds", "1", "--partitions", "2", "--influencers", "500", "--set",
                           "clean.rules=off"],
                          stdout=subprocess.PIPE, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["records"] >= 20000, found["records"]
    assert set(found["modes"]) == {"run_1", "run_2", "discard_1", "discard_2"}, found["modes"]
    for mode, values in found["modes"].items():
        assert values["events_per_second"] > 0 and values["cpu_ns_per_event"] > 0, (mode, values)
        assert (values["cells_written"] > 0) == mode.startswith("run"), (mode, values)
    told = {"rules": "off", "scorer": "reference"}
    assert found["settings"]["with"] == {"run_1": told, "run_2": told}, found["settings"]
    for ratio in ("wall_ratio", "cpu_ratio"):
        assert found[ratio] > 0, found
    print(f"{found['records']} records in each of {len(found['modes'])} modes")


if __name__ == "__main__":
    main()
