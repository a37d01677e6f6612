#!/usr/bin/env python3
"""Goal: a rule that finds nothing has looked. Method: for each rule a small tree that breaks it in
a known place, and one that keeps every rule."""
import os
import sys
import tempfile

import layout

ROOMS = """
gs_room(base LEVEL 0 THIRD_PARTY XXHASH)
gs_room(text LEVEL 2 LINKS base)
gs_room(redis LEVEL 5 LINKS base THIRD_PARTY HIREDIS)
gs_room(sink LEVEL 6 LINKS base redis)
"""

GOOD = {
    "src/rooms.cmake": ROOMS,
    "include/groundswell/base.h": "struct gs_arena;\nint gs_base_hash(int a);\n",
    "include/groundswell/text.h": "int gs_text_fold(int a, int b);\n",
    "src/base/base.c": '#include "groundswell/base.h"\n#include <xxhash.h>\n\n'
                       "int gs_base_hash(int a)\n{\n    return a;\n}\n",
    "src/text/internal.h": "int gsi_text_step(int a);\n",
    "src/text/fold.c": '#include "groundswell/text.h"\n#include "groundswell/base.h"\n'
                       '#include "internal.h"\n\nstatic const int table[] = {1};\n\n'
                       "int gsi_text_step(int a)\n{\n    return a + table[0];\n}\n\n"
                       "int gs_text_fold(int a, int b)\n{\n    return gsi_text_step(a) + b;\n}\n",
    "tests/run.sh": "#!/usr/bin/env bash\nset -euo pipefail\n",
}
EXECUTABLE = {"tests/run.sh"}

# rule, files that differ from GOOD, path and line that must be found
BAD = [
    ("rooms_declared", {"src/rooms.cmake": ROOMS + "gs_room(a LEVEL 1 LINKS text)\n"},
     "src/rooms.cmake", 0),
    ("rooms_declared", {"src/rooms.cmake": ROOMS + "gs_room(a LEVEL 1 LINKS nowhere)\n"},
     "src/rooms.cmake", 0),
    ("rooms_declared", {"src/attic/old.c": "int gs_x;\n"}, "src/attic/old.c", 0),
    ("include_edges", {"src/base/up.c": '\n#include "groundswell/text.h"\n'}, "src/base/up.c", 2),
    ("include_edges", {"src/sink/x.c": '#include "groundswell/text.h"\n'}, "src/sink/x.c", 1),
    ("include_edges", {"src/sink/x.c": '#include "text/internal.h"\n'}, "src/sink/x.c", 1),
    ("third_party_headers", {"src/sink/x.c": "#include <hiredis/async.h>\n"}, "src/sink/x.c", 1),
    ("third_party_headers", {"src/redis/x.c": "#include <hiredis/adapters/libuv.h>\n"},
     "src/redis/x.c", 1),
    ("third_party_headers", {"src/redis/x.c": "#include <boost.h>\n"}, "src/redis/x.c", 1),
    ("purity", {"src/text/t.c": "#include <pthread.h>\n"}, "src/text/t.c", 1),
    ("purity", {"src/text/t.c": "static int counter;\n"}, "src/text/t.c", 1),
    ("purity", {"src/text/t.c": "static int f(void)\n{\n    return time(0);\n}\n"},
     "src/text/t.c", 3),
    ("private_names", {"src/sink/x.c": "int y = gsi_text_step(1);\n"}, "src/sink/x.c", 1),
    ("private_names", {"tests/unit/sink_test.c": "int y = gsi_text_step(1);\n"},
     "tests/unit/sink_test.c", 1),
    ("private_names", {"include/groundswell/text.h": "int gsi_text_step(int a);\n"},
     "include/groundswell/text.h", 1),
    ("public_names", {"src/text/x.c": "int gs_text_new(void)\n{\n    return 0;\n}\n"},
     "src/text/x.c", 1),
    ("type_names", {"include/groundswell/text.h": "typedef int gs_text_t;\n"},
     "include/groundswell/text.h", 1),
    ("type_names", {"include/groundswell/text.h": "typedef struct gs_a *gs_handle;\n"},
     "include/groundswell/text.h", 1),
    ("function_sizes", {"src/text/x.c": "int gs_text_fold(int a,\n                 int b)\n{\n" +
                        "    a++;\n" * 67 + "}\n"}, "src/text/x.c", 1),
    ("function_sizes", {"src/text/x.c": "int f(int a, int b, int c, int d, int e, int (*g)(int, "
                        "int))\n{\n}\n"}, "src/text/x.c", 1),
    ("file_sizes", {"src/text/x.c": "int a;\n" * 601}, "src/text/x.c", 0),
    ("file_sizes", {"src/text/x.c": "int a;" + " " * 100 + "\n"}, "src/text/x.c", 1),
    ("prefetches", {"src/text/t.c": "\n    __builtin_prefetch(at);\n"}, "src/text/t.c", 2),
    ("words", {"src/text/x.c": "\n/* TO" "DO later */\n"}, "src/text/x.c", 2),
    ("words", {"README.md": "from pypi" ".org\n"}, "README.md", 1),
    ("words", {"README.md": "cd ROOT\n"}, "README.md", 1),
    ("top_level", {"misc/x.txt": "x\n"}, "misc", 0),
    ("scripts", {"tests/x.sh": "#!/bin/sh\n"}, "tests/x.sh", 1),
    ("scripts", {"tests/run.sh": "echo\n"}, "tests/run.sh", 1),
    ("scripts", {"tests/run.sh": "#!/usr/bin/env bash\necho\n"}, "tests/run.sh", 1),
]


def write(root, files):
    for path, text in files.items():
        full = os.path.join(root, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text.replace("ROOT", os.path.realpath(root)))
        os.chmod(full, 0o755 if path in EXECUTABLE else 0o644)
    return layout.Tree(root)


def main():
    wrong = 0
    rules = {rule.__name__: rule for rule in layout.RULES}
    with tempfile.TemporaryDirectory(dir=os.environ.get("GS_TEST_TMP")) as folder:
        tree = write(os.path.join(folder, "good"), GOOD)
        for name, rule in rules.items():
            for found in rule(tree):
                print(f"{name} finds a fault where none is: {found}")
                wrong += 1
        for index, (name, files, path, line) in enumerate(BAD):
            tree = write(os.path.join(folder, str(index)), GOOD | files)
            found = [(f.path, f.line) for f in rules[name](tree)]
            if (path, line) not in found:
                print(f"{name} misses {path}:{line} of {files}; it found {found}")
                wrong += 1
    missing = set(rules) - {case[0] for case in BAD}
    for name in sorted(missing):
        print(f"{name} has no tree that breaks it")
    print(f"{len(BAD)} broken trees, {wrong + len(missing)} wrong answers")
    sys.exit(1 if wrong or missing else 0)


if __name__ == "__main__":
    main()
