#!/usr/bin/env python3
"""Goal: the tree keeps the rules that keep it readable. Method: each rule of layout.py, in turn."""
import os
import sys

import layout


def main():
    root = os.environ.get("GS_ROOT", os.path.join(os.path.dirname(__file__), "../.."))
    tree = layout.Tree(root)
    total = 0
    for rule in layout.RULES:
        findings = list(rule(tree))
        print(f"{'FAIL' if findings else 'ok  '} {rule.__name__}: {rule.__doc__.splitlines()[0]}")
        total += layout.report(findings)
    print(f"{total} findings in {len(tree.files)} files")
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
