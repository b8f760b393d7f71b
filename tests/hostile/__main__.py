"""The long profile: `python -m tests.hostile --strings 1000000 --seed 1`. Needs Node; progress on
stderr, one line of result."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator

from tests.hostile.doors import check
from tests.hostile.judges import SoqlParserJs
from tests.hostile.texts import text

_AT_ONCE = 50


def main() -> int:
    """Check so many texts; 1 where any check failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("--strings", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    judge, failures, longest, began = SoqlParserJs(), [], 0, time.monotonic()
    asked = 0
    for number, batch in enumerate(_batches(given.strings, given.seed)):
        longest = max(longest, *map(len, batch))
        try:
            check(batch, judge)
        except Exception as error:
            failures.append(
                f"batch {number} of seed {given.seed}: {type(error).__name__}: {str(error)[:300]}"
            )
        asked += len(batch)
        if number % 1000 == 999:
            sys.stderr.write(
                f"{asked:,} of {given.strings:,} strings, {time.monotonic() - began:.0f} s\n"
            )
    judge.finish()
    failures += judge.failures
    for words in failures[:20]:
        sys.stderr.write(words.encode("unicode_escape").decode() + "\n")
    sys.stdout.write(
        f"strings {asked} (seed {given.seed}), judged by the emulator's parser {asked}, by soql-parser-js {judge.judged} "
        f"(the rest is too long to be asked by), statements to soql-parser-js {judge.statements}, longest value {longest}, "
        f"failures {len(failures)}, seconds {time.monotonic() - began:.0f}, of a processor {sum(os.times()[:4]):.0f}\n"
    )
    return 1 if failures else 0


def _batches(strings: int, seed: int) -> Iterator[list[str]]:
    rng = random.Random(seed)
    for start in range(0, strings, _AT_ONCE):
        yield [text(rng) for _ in range(min(_AT_ONCE, strings - start))]


if __name__ == "__main__":
    sys.exit(main())
