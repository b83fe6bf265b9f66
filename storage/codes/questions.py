"""What a researcher asks of the codings: quotes, codes by group, codes that go together, how often each is used.

Only codings that count are seen: none that is retired, and none of somebody whose newest consent does not allow a
recording any more. Every question is a handful of statements over indexes, whatever the size of the study.
"""
