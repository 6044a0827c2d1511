"""`python -m tests.bench.language --data ../shared/data`: our tags beside its peers', in one run.

Sentiment is measured on tweets that were held out of training and on the seed comments in French held out; peers that learn do
so from the tweets ours learnt from. Speeds are texts a second of one core's time, warm, in batches of a thousand.
`--own` measures instead heads that a team would train: intents (Banking77) and topics (NHS), a fixed fifth held out.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.model_selection import train_test_split

from curation.language import lexicon
from curation.language.engine import WEIGHTS, Engine
from curation.language.training import adapt, data
from curation.language.training.fit import macro_f1
from curation.language.training.measure import calibration_error, figures, macro_recall
from curation.language.training.teacher import held_out
from curation.models import SENTIMENTS
from tests.bench.measure import console, machine, show, verdict

Say = Callable[[Sequence[str]], np.ndarray]
BATCH = 1_000
SPEED_OVER = 6_000
RARE = 20
"""Comments below which a topic is left out: a fifth of so few measures nothing."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.language", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--quick", action="store_true", help="without the peers that have to be trained")
    parser.add_argument(
        "--own", action="store_true", help="only heads trained from labels, as tribune train does"
    )
    given = parser.parse_args()
    console.print(machine(), "\n")
    if given.own:
        _own(given.data)
        return
    engine = Engine.load()
    pairs = [(text, SENTIMENTS.index(label)) for text, label in data.tweets(given.data)]
    test = [pair for pair in pairs if held_out(pair[0])]
    known = [pair for pair in pairs if not held_out(pair[0])]
    french = [
        (str(seed["text"]), SENTIMENTS.index(str(seed["sentiment"])))
        for seed in data.seeds()
        if seed["lang"] == "fr" and held_out(seed["text"], seed=True)
    ]
    peers: list[tuple[str, Say]] = [
        ("Tribune", lambda texts: engine.probabilities("sentiment", texts).argmax(axis=1)),
        ("VADER", _vader(None)),
        ("vader-fr (lexicon)", _vader(dict(lexicon.french()))),
        ("TextBlob", _textblob(french=False)),
        ("TextBlob-fr", _textblob(french=True)),
    ]
    if not given.quick:
        peers += [("TF-IDF + LinearSVC", _tfidf(known)), ("spaCy textcat bow", _textcat(known, "bow"))]
        peers += [("spaCy textcat CNN", _textcat(known, "cnn"))]
    rows = [_measured(name, say, test, french) for name, say in peers]
    show(
        f"Sentiment: {len(test):,} tweets held out, {len(french)} French comments held out (%)",
        ["", "tweets mR", "tweets mF1", "French mR", "texts/s a core"],
        rows,
    )
    chances = engine.probabilities("sentiment", [text for text, _ in test])
    error = calibration_error(chances, np.array([label for _, label in test]))
    size = sum(path.stat().st_size for path in WEIGHTS.glob("*.npz")) / 1e6
    batch, pipe = _speeds(engine, [text for text, _ in known[:SPEED_OVER]])
    show(
        "The engine, all heads",
        ["", "measured", "asked", ""],
        [
            ["batch path, texts/s a core", f"{batch:,.0f}", "15,000", verdict(batch, 15_000, False)],
            ["nlp.pipe, texts/s a core", f"{pipe:,.0f}", "5,000", verdict(pipe, 5_000, False)],
            ["calibration error of sentiment, %", f"{error * 100:.1f}", "5", verdict(error, 0.05)],
            ["weights, MB", f"{size:.1f}", "12", verdict(size, 12)],
        ],
    )
    show(
        "The rest",
        ["", "%"],
        [[name, f"{value * 100:.1f}"] for name, value in figures(engine, given.data).items()],
    )


def _own(root: Path) -> None:
    """Train on four fifths as `tribune train` does, and measure the last; a peer does the same."""
    intents = [(text, name) for text, name in data.intents(root) if name.startswith("banking77.")]
    patients = list({text: names for text, _, names in data.patients(root)}.items())
    counts = Counter(name for _, names in patients for name in names)
    topics = [(text, "|".join(n for n in names if counts[n] >= RARE)) for text, names in patients]
    rows = []
    for task, pairs in (("intents", intents), ("topics", topics)):
        several = task == "topics"
        order = np.random.default_rng(0).permutation(len(pairs))
        known, unknown = train_test_split(
            order, test_size=0.2, random_state=0, stratify=None if several else [pairs[n][1] for n in order]
        )
        engine = Engine.load()
        begin = time.process_time()
        head, _ = adapt.train(engine, task, [{"text": pairs[n][0], "label": pairs[n][1]} for n in known])
        seconds = time.process_time() - begin
        with TemporaryDirectory() as folder:
            adapt.save(Path(folder), engine, {task: head})
            size = (Path(folder) / f"{task}.npz").stat().st_size / 1e6
            own = Engine.load(model=Path(folder))
        texts = [pairs[n][0] for n in unknown]
        chances = own.probabilities(task, texts)
        given = (
            chances >= head.thresholds
            if several
            else chances.argmax(axis=1)[:, None] == range(len(head.labels))
        )
        truth = _sets([pairs[n][1] for n in unknown], head.labels)
        peer = _peer([pairs[n] for n in known], head.labels, several)
        found = [_micro_macro(truth, one) for one in (given, peer(texts))]
        rows.append(
            [f"{task}: {len(known):,} texts, {len(head.labels)} labels"]
            + [f"{micro * 100:.1f} / {macro * 100:.1f}" for micro, macro in found]
            + [f"{seconds:.0f}", f"{size:.1f}"]
        )
    show(
        "Heads of a team's own, a fifth held out: micro / macro-F1 (%)",
        ["", "Tribune", "TF-IDF + LinearSVC", "seconds", "MB"],
        rows,
    )


def _sets(cells: Sequence[str], labels: Sequence[str]) -> np.ndarray:
    return np.array([[label in cell.split("|") for label in labels] for cell in cells])


def _micro_macro(truth: np.ndarray, given: np.ndarray) -> tuple[float, float]:
    right, either = (truth & given).sum(axis=0), truth.sum(axis=0) + given.sum(axis=0)
    return float(2 * right.sum() / either.sum()), float(np.mean(2 * right / np.maximum(either, 1)))


def _peer(known: list[tuple[str, str]], labels: Sequence[str], several: bool) -> Say:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    # What learns each label apart and weighs the rare ones up, as the peer in the goals does.
    svm = LinearSVC(class_weight="balanced" if several else None)
    made = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), OneVsRestClassifier(svm))
    made.fit([text for text, _ in known], _sets([cell for _, cell in known], labels).astype(int))
    if several:
        return lambda texts: made.predict(list(texts)).astype(bool)
    return lambda texts: made.decision_function(list(texts)).argmax(axis=1)[:, None] == range(len(labels))


def _measured(name: str, say: Say, test: list[tuple[str, int]], french: list[tuple[str, int]]) -> list[str]:
    texts, labels = [text for text, _ in test], np.array([label for _, label in test])
    say(texts[:BATCH])
    begin = time.process_time()
    found = say(texts)
    speed = len(texts) / (time.process_time() - begin)
    in_french = say([text for text, _ in french])
    right = macro_recall(np.array([label for _, label in french]), in_french)
    return [
        name,
        f"{macro_recall(labels, found) * 100:.1f}",
        f"{macro_f1(labels, found, 3) * 100:.1f}",
        f"{right * 100:.1f}",
        f"{speed:,.0f}",
    ]


def _speeds(engine: Engine, texts: list[str]) -> tuple[float, float]:
    from curation.language.components import pipeline

    def read() -> None:
        for first in range(0, len(texts), BATCH):
            engine.read(texts[first : first + BATCH])

    nlp = pipeline()
    return _speed(read, len(texts)), _speed(lambda: list(nlp.pipe(texts)), len(texts))


def _speed(call: Callable[[], object], count: int) -> float:
    call()
    begin = time.process_time()
    call()
    return count / (time.process_time() - begin)


def _vader(words: dict[str, float] | None) -> Say:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    if words:
        analyser.lexicon = words
    return lambda texts: _of(analyser.polarity_scores(text)["compound"] for text in texts)


def _textblob(french: bool) -> Say:
    from textblob import TextBlob
    from textblob_fr import PatternAnalyzer, PatternTagger

    if french:
        tagger, analyser = PatternTagger(), PatternAnalyzer()
        return lambda texts: _of(
            TextBlob(text, pos_tagger=tagger, analyzer=analyser).sentiment[0] for text in texts
        )
    return lambda texts: _of(TextBlob(text).sentiment.polarity for text in texts)


def _of(scores: object) -> np.ndarray:
    return np.array([0 if score < -0.05 else 2 if score > 0.05 else 1 for score in scores])  # type: ignore[attr-defined]


def _tfidf(known: list[tuple[str, int]]) -> Say:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    made = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2), LinearSVC(C=0.2, class_weight="balanced")
    )
    made.fit([text for text, _ in known], [label for _, label in known])
    return lambda texts: made.predict(list(texts))


def _textcat(known: list[tuple[str, int]], kind: str) -> Say:
    import spacy
    from spacy.training import Example
    from spacy.util import minibatch

    nlp = spacy.blank("en")
    model = {
        "@architectures": "spacy.TextCatBOW.v3",
        "exclusive_classes": True,
        "ngram_size": 1,
        "no_output_layer": False,
    }
    if kind == "cnn":
        model = {
            "@architectures": "spacy.TextCatReduce.v1",
            "exclusive_classes": True,
            "use_reduce_mean": True,
            "use_reduce_first": False,
            "use_reduce_last": False,
            "use_reduce_max": False,
            "tok2vec": {
                "@architectures": "spacy.HashEmbedCNN.v2",
                "pretrained_vectors": None,
                "width": 96,
                "depth": 4,
                "embed_size": 2000,
                "window_size": 1,
                "maxout_pieces": 3,
                "subword_features": True,
            },
        }
    head = nlp.add_pipe("textcat", config={"model": model})
    for label in SENTIMENTS:
        head.add_label(label)
    examples = [
        Example.from_dict(
            nlp.make_doc(text), {"cats": {name: float(i == label) for i, name in enumerate(SENTIMENTS)}}
        )
        for text, label in known
    ]
    rule = nlp.initialize(lambda: examples[:200])
    order = np.random.default_rng(0).permutation(len(examples))
    for batch in minibatch([examples[place] for place in order], 128):
        nlp.update(batch, sgd=rule)
    return lambda texts: np.array(
        [max(range(3), key=lambda i: doc.cats[SENTIMENTS[i]]) for doc in nlp.pipe(texts, batch_size=BATCH)]
    )


if __name__ == "__main__":
    main()
