#!/usr/bin/env python3
# timeout: 120
"""Spam goes, legitimate comments stay, waves of copies and bursts get their verdicts.

The judging and the floors are in the unit test clean_accuracy; this case hands it what it judges:
the stream of waves.py, and, if GS_DATA names a folder with labelled sets, its spam/Youtube*.csv
(columns CONTENT and CLASS, 1 is spam). These texts are for measuring: nothing of them is kept.
"""
import csv
import glob
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def write_labelled(folder, path):
    """One line per comment; false if there are no sets."""
    sets = sorted(glob.glob(os.path.join(folder, "spam", "Youtube*.csv")))
    with open(path, "w", encoding="utf-8") as out:
        for name in sets:
            with open(name, encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    text = " ".join(row["CONTENT"].splitlines())
                    out.write(f"{row['CLASS']}\t{text}\n")
    return bool(sets)


def main():
    scratch = os.environ["GS_TEST_TMP"]
    environment = dict(os.environ)
    waves = os.path.join(scratch, "waves.jsonl")
    with open(waves, "wb") as out:
        subprocess.run([sys.executable, os.path.join(HERE, "waves.py")], stdout=out, check=True)
    environment["GS_WAVES"] = waves
    labelled = os.path.join(scratch, "labelled.tsv")
    if os.environ.get("GS_DATA"):
        if not write_labelled(os.environ["GS_DATA"], labelled):
            sys.exit("no spam/Youtube*.csv in GS_DATA")
        environment["GS_LABELLED"] = labelled
    program = os.path.join(os.environ["GS_BUILD_DEV"], "tests", "test_clean_accuracy")
    return subprocess.run([program], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
