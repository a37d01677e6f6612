#!/usr/bin/env python3
# timeout: 300
"""Fresh random texts through the Python original and through the C scorer: no score may differ.

GS_SEED replays a run; a text that differs belongs into sentiment_texts.py once it is understood.
GS_DATA, a folder with labelled sets, is passed on to the test program, which compares them too.
"""
import json
import os
import subprocess
import sys
import time

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sentiment_texts import RandomTexts, line_of  # noqa: E402

TEXTS = int(os.environ.get("GS_PARITY_TEXTS", "50000"))


def main():
    seed = int(os.environ.get("GS_SEED") or time.time())
    print(f"GS_SEED={seed}", flush=True)
    analyzer = SentimentIntensityAnalyzer()
    made = RandomTexts(analyzer, seed)
    path = os.path.join(os.environ["GS_TEST_TMP"], "random.jsonl")
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(TEXTS):
            file.write(json.dumps(line_of(analyzer, made.text())) + "\n")
    program = os.path.join(os.environ["GS_BUILD_DEV"], "tests", "test_sentiment_vectors")
    return subprocess.run([program], env={**os.environ, "GS_VECTORS": path}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
