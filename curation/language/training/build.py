"""Build the shipped weights: `python -m curation.language.training.build --data ../shared/data` (`make train`).

Writes `weights/` with its model card and prints the table of figures. A fixed seed; the teacher's opinions are kept in
`--taught` and used again.
"""

import argparse
import datetime
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from curation.language import tokens
from curation.language.engine import WEIGHTS, Engine
from curation.language.heads import save_model
from curation.language.lexicon import valences
from curation.language.tokens import Floats, Vocabulary
from curation.language.training import card, encoder, heads, measure, teacher


def main() -> None:
    """Train everything, write it, measure it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of the public sets")
    parser.add_argument("--taught", type=Path, required=True, help="where the teacher's opinions are kept")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--date", default=datetime.datetime.now(datetime.UTC).date().isoformat())
    given = parser.parse_args()
    console = Console(stderr=True)
    tokens.KNOWN_AT_MOST = 10**9
    vocabulary = Vocabulary(valences())
    console.print("teacher …")
    teacher.teach(given.data, given.taught, given.seed)
    console.print("network …")
    lessons = encoder.lessons(given.data, given.taught)
    network, out, offset = encoder.train(lessons, given.taught, vocabulary, given.seed)
    console.print("sentiment …")
    made = {"sentiment": encoder.sentiment(network, out, offset, lessons, given.data, vocabulary)}

    def dense(texts: Sequence[str]) -> Floats:
        parts = [vocabulary.batch(texts[first : first + 1_000]) for first in range(0, len(texts), 1_000)]
        return np.concatenate([network.encode(vocabulary, part) for part in parts])

    console.print("language, intent, urgency, topic …")
    made |= heads.train(given.data, vocabulary, dense)
    save_model(given.out, made, encoder=network, about={"made": given.date, "seed": given.seed})
    figures = measure.figures(Engine.load(weights=given.out), given.data)
    (given.out / "MODEL_CARD.md").write_text(card.card(figures, given.out, given.date), "utf-8")
    Console().print(card.table(figures))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    main()
