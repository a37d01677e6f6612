#!/usr/bin/env python3
"""How far both scorers agree with people, per labelled set, against floors; prints the table.

The comments in comments.tsv always; VADER's sets and TweetEval's if GS_DATA names the folder that
has them in sentiment/.
"""
import os
import subprocess
import sys


def main():
    program = os.path.join(os.environ["GS_BUILD_DEV"], "tests", "test_sentiment_accuracy")
    return subprocess.run([program], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
