"""`python -m tests.bench`: pull a million comments beside dlt, and read from a million; `--comments` reads from more."""

import argparse
import tempfile
from pathlib import Path

from tests.bench import pulls, reads
from tests.bench.measure import console, machine

MILLION = 1_000_000


def main() -> None:
    """Measure, print, and leave nothing behind."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--comments", type=int, default=MILLION, help="how many the store that is read from has"
    )
    parser.add_argument(
        "--only", choices=("pulls", "reads"), help="by default both; beyond a million only reads"
    )
    parser.add_argument(
        "--keep", type=Path, help="a folder for the stores, which stay there and are used again"
    )
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    console.print(machine(), "\n")
    with tempfile.TemporaryDirectory(prefix="tribune-bench-") as folder:
        if given.only == "pulls" or (given.only is None and given.comments <= MILLION):
            pulls.measure(Path(folder), given.comments, given.seed)
        if given.only != "pulls":
            home = given.keep / f"reads-{given.comments}" if given.keep else Path(folder) / "reads"
            reads.measure(home, given.comments, given.seed)


if __name__ == "__main__":
    main()
