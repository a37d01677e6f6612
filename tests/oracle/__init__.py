"""The oracle: a second, independent implementation of what the cells in Redis must hold.

It reads the input topics and computes any cell at any input offsets and any as_of, from the
documented meaning of events, windows and metrics and from nothing else; the service's sources were
not its model. Being Python, it may keep everything: no panes, no carrying, no expiry, no cache.

    avro.py      bytes of a record -> fields, by a reader made for its writer's schema
    settings.py  windows, views, topics: what the service was configured with
    profiles.py  versions of profiles, and which one an event sees
    scorer.py    class and score of a comment; texts.py what only the program can say of a text
    posts.py     snapshots: from counters that only grow to what happened when
    rules.py     verdicts from reasons, who repeats himself or others; judge.py asks both
    comments.py  what is remembered of comments, and what each contributes
    fold.py      one partition of one input: disposition and contributions of every record
    cells.py     contributions -> counters of a window -> the fields of a cell
    world.py     all partitions together; source.py reads them from Kafka or from a dump
    compare.py   cells in Redis against the oracle; account.py dispositions against what was seen

    python -m oracle compare --bootstrap HOST:PORT --redis URL [--end]
"""
