"""`python -m tests.bench.adapting --data ../shared/data`: what 50, 200 and 1,000 corrections teach the sentiment head.

The comments are of kinds the shipped weights have not seen: patients' (three classes) and reviews of products, films and
restaurants (two). Beside it a peer that learns from the same labels alone. Five draws; what was not drawn is measured.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from curation.language.engine import Engine
from curation.language.training import adapt, data
from curation.language.training.measure import macro_recall
from curation.models import SENTIMENTS
from tests.bench.measure import console, machine, show

DRAWS = 5
LABELS = (50, 200, 1_000)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.adapting", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=DRAWS)
    given = parser.parse_args()
    console.print(machine(), "\n")
    sets = {
        "patients, 3 classes": [(text, mood) for text, mood, _ in data.patients(given.data)],
        "reviews, 2 classes": data.opinions(given.data),
    }
    engine = Engine.load()
    for name, pairs in sets.items():
        rows = []
        for count in LABELS:
            found = np.array([_draw(engine, pairs, count, seed) for seed in range(given.draws)])
            before, after, peer, seconds = found.mean(axis=0)
            rows.append(
                [
                    f"{count:,} labels",
                    f"{before:.1f}",
                    f"{after:.1f} ± {found[:, 1].std():.1f}",
                    f"{peer:.1f}",
                    f"{seconds:.1f}",
                ]
            )
        show(
            f"Macro-recall, %: {name}, {len(pairs):,} comments, {given.draws} draws",
            ["", "as shipped", "adapted", "TF-IDF + LinearSVC", "seconds"],
            rows,
        )


def _draw(
    engine: Engine, pairs: Sequence[tuple[str, str]], count: int, seed: int
) -> tuple[float, float, float, float]:
    """Return macro-recall before, after and of the peer, in %, and the seconds it took to adapt."""
    order = np.random.default_rng(seed).permutation(len(pairs))
    known = [pairs[place] for place in order[:count]]
    texts = [pairs[place][0] for place in order[count:]]
    truth = np.array([SENTIMENTS.index(pairs[place][1]) for place in order[count:]])
    present = np.unique(truth)
    start = time.perf_counter()
    heads, _ = adapt.adapt(engine, [{"text": text, "sentiment": mood} for text, mood in known], seed)
    seconds = time.perf_counter() - start
    base = engine.base("sentiment")
    dense, batch = engine.dense(texts), engine.vocabulary.batch(texts)
    place = engine.places("sentiment")
    shipped = base.probabilities(dense[:, place])
    head = heads.get("sentiment")
    adapted = head.probabilities(head.raw(engine.vocabulary, batch, dense)) if head else shipped
    peer = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LinearSVC())
    peer.fit([text for text, _ in known], [SENTIMENTS.index(mood) for _, mood in known])
    return (
        100 * macro_recall(truth, present[shipped[:, present].argmax(axis=1)]),
        100 * macro_recall(truth, present[adapted[:, present].argmax(axis=1)]),
        100 * macro_recall(truth, peer.predict(texts)),
        seconds,
    )


if __name__ == "__main__":
    main()
