"""The long profile: `python -m tests.hostile --strings 1000000 --seed 1`. Needs Node; prints progress
to stderr and one result line."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator

from tests.hostile.entry_points import check
from tests.hostile.oracles import SoqlParserJs
from tests.hostile.texts import text

_BATCH_SIZE = 50


def main() -> int:
    """Check that many texts; returns 1 if any check failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile")
    parser.add_argument("--strings", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    oracle, failures, longest, began = SoqlParserJs(), [], 0, time.monotonic()
    checked_count = 0
    for number, batch in enumerate(_batches(given.strings, given.seed)):
        longest = max(longest, *map(len, batch))
        try:
            check(batch, oracle)
        except Exception as error:
            failures.append(
                f"batch {number} of seed {given.seed}: {type(error).__name__}: {str(error)[:300]}"
            )
        checked_count += len(batch)
        if number % 1000 == 999:
            sys.stderr.write(
                f"{checked_count:,} of {given.strings:,} strings, {time.monotonic() - began:.0f} s\n"
            )
    oracle.finish()
    failures += oracle.failures
    for message in failures[:20]:
        sys.stderr.write(message.encode("unicode_escape").decode() + "\n")
    sys.stdout.write(
        f"strings {checked_count} (seed {given.seed}), checked by the emulator's parser {checked_count}, by soql-parser-js {oracle.checked} "
        f"(the others are too long to query), statements to soql-parser-js {oracle.statements}, longest value {longest}, "
        f"failures {len(failures)}, seconds {time.monotonic() - began:.0f}, of a processor {sum(os.times()[:4]):.0f}\n"
    )
    return 1 if failures else 0


def _batches(strings: int, seed: int) -> Iterator[list[str]]:
    rng = random.Random(seed)
    for start in range(0, strings, _BATCH_SIZE):
        yield [text(rng) for _ in range(min(_BATCH_SIZE, strings - start))]


if __name__ == "__main__":
    sys.exit(main())
