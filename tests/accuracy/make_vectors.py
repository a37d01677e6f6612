#!/usr/bin/env python3
"""Writes vectors/reference.jsonl: texts with the scores of the Python original.

    make_vectors.py

Run it with the packages of tests/python/requirements.txt when sentiment_texts.py has changed. What
the C scorer must give is in the file, so its tests need no Python.
"""
import json
import os

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from sentiment_texts import WRITTEN, RandomTexts, line_of

RANDOM_TEXTS, SEED = 400, 2014


def main():
    analyzer = SentimentIntensityAnalyzer()
    texts = [text for group in WRITTEN.values() for text in group]
    made = RandomTexts(analyzer, SEED)
    texts += [made.text() for _ in range(RANDOM_TEXTS)]
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors")
    with open(os.path.join(folder, "reference.jsonl"), "w", encoding="utf-8") as file:
        for text in dict.fromkeys(texts):
            file.write(json.dumps(line_of(analyzer, text), ensure_ascii=False) + "\n")
    print(f"{len(set(texts))} texts")


if __name__ == "__main__":
    main()
