"""Train the network and the sentiment head that reads it: `python -m curation.language.training.encoder`.

Both learn from labelled texts and from what the teacher (`teacher.py`) says of many more (Hinton et al. 2015). Sets
mean different things by "neutral", so each has its own bias, which is forgotten afterwards; a set that has no neutral
texts is only asked to tell negative from positive. Only here and in `teacher.py` is torch needed.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

from curation.language import tokens
from curation.language.heads import Head, save_model, softmax
from curation.language.lexicon import valences
from curation.language.linear import quantised
from curation.language.network import Encoder
from curation.language.tokens import Batch, Floats, Ints, Vocabulary, code, plain
from curation.language.training import data
from curation.language.training.fit import calibrated, matrix
from curation.language.training.mixing import french_versions

LABELS = ("negative", "neutral", "positive")
HELD_OUT = 6_000
"""Tweets that neither teacher nor student sees: they calibrate, and say how good both are."""

_BITS, _WIDTH, _STATIC, _HIDDEN, _FEATURES = 15, 64, 64, 96, 64
_LINEAR_BITS = 18
_LONGEST = 80
_TEACHER = 0.7
_LINEAR_SHARE = 0.6
_NONE = np.float32(-1e4)
_BAD, _GOOD = {1, 3, 4, 6}, {5, 8}
_PLEASED = set(
    "admiration amusement approval caring desire excitement gratitude joy love optimism pride relief".split()
)
_DISPLEASED = set(
    "anger annoyance disappointment disapproval disgust embarrassment fear grief nervousness remorse sadness".split()
)


@dataclass(slots=True)
class Corpus:
    """Texts with the probability of each label, a weight and the number of the set they are from."""

    texts: list[str] = field(default_factory=list)
    targets: list[Floats] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    sets: list[int] = field(default_factory=list)
    masks: list[Floats] = field(default_factory=lambda: [np.zeros(3, np.float32)])

    def add(self, texts: Sequence[str], targets: Floats, weight: float, *, balanced: bool = True, own: bool = True) -> None:
        """Add a set; `balanced`: each label counts as much in all. `own`: it has its own bias; else that of tweets."""
        if not len(texts):
            return
        share = targets.mean(axis=0)
        per_label = np.where(share > 0, 1 / np.maximum(share, 1e-6) / (share > 0).sum(), 0) if balanced else np.ones(3)
        if own:
            self.masks.append(np.where(share > 0, 0, _NONE).astype(np.float32))
        self.texts += texts
        self.targets += list(targets.astype(np.float32))
        self.weights += list(weight * (targets @ per_label))
        self.sets += [len(self.masks) - 1 if own else 0] * len(texts)


def held_out(count: int) -> Ints:
    """Return which of `count` tweets are held out."""
    return np.sort(np.random.RandomState(13).permutation(count)[:HELD_OUT])


def one_hot(labels: Sequence[str]) -> Floats:
    """Return [N, 3]."""
    return np.eye(3, dtype=np.float32)[[LABELS.index(label) for label in labels]]


def gather(root: Path, cache: Path, seeds: Sequence[dict[str, object]]) -> Corpus:
    """Read every set, the teacher's opinions and the seed comments."""
    corpus = Corpus()
    tweets = data.tweets(root)
    known = np.setdiff1d(np.arange(len(tweets)), held_out(len(tweets)))
    gold = one_hot([label for _, label in tweets])
    texts: list[str] = json.loads((cache / "texts.json").read_text("utf-8"))
    opinions = softmax(np.load(cache / "logits.npy"))
    mixed = (1 - _TEACHER) * gold[known] + _TEACHER * opinions[known]
    corpus.add([tweets[place][0] for place in known], mixed, 1.0, own=False)
    corpus.add(texts[len(tweets) :], opinions[len(tweets) :], 0.7, balanced=False, own=False)
    french, places = french_versions(texts, known)
    corpus.add(french, opinions[places], 0.5, balanced=False, own=False)
    patients = data.patients(root)
    corpus.add([text for text, _, _ in patients], one_hot([label for _, label, _ in patients]), 0.5)
    short = data.opinions(root)
    corpus.add([text for text, _ in short], one_hot([label for _, label in short]), 1.0)
    for language in ("fr", "de", "es", "it", "nl", "pt"):
        lines = [(text, bool(felt & _GOOD)) for text, felt in data.subtitles(root, language) if bool(felt & _GOOD) != bool(felt & _BAD)]
        targets = one_hot(["positive" if good else "negative" for _, good in lines])
        corpus.add([text for text, _ in lines], targets, 0.8 if language == "fr" else 0.3)
    portuguese = [(text, label) for text, label in data.portuguese(root) if label in LABELS]
    corpus.add([text for text, _ in portuguese], one_hot([label for _, label in portuguese]), 0.5)
    for language, weight in (("fr", 4.0), ("en", 2.0)):
        own = [seed for seed in seeds if seed["lang"] == language]
        corpus.add([str(seed["text"]) for seed in own], one_hot([str(seed["sentiment"]) for seed in own]), weight, own=False)
    return corpus


def fit_linear(features: sparse.csr_matrix, corpus: Corpus, penalty: float = 3.0, rounds: int = 60) -> tuple[Floats, Floats]:
    """Fit multinomial logistic regression to soft targets: weights [F, 3] and the bias [3] of tweets."""
    targets, sets = np.array(corpus.targets), np.array(corpus.sets)
    weights = np.array(corpus.weights, np.float32)
    weights /= weights.mean()
    masks = np.array(corpus.masks)
    size, across = features.shape[1] * 3, features.T.tocsr()
    member = np.eye(len(masks), dtype=np.float32)[sets]

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        table, bias = flat[:size].reshape(-1, 3).astype(np.float32), flat[size:].reshape(-1, 3).astype(np.float32)
        scores = features @ table + bias[sets] + masks[sets]
        chances = softmax(scores)
        logs = np.log(np.maximum(chances, 1e-9))
        value = -float((weights * (targets * logs).sum(axis=1)).sum(dtype=np.float64))
        value += 0.5 * penalty * float((table * table).sum(dtype=np.float64)) + 0.05 * float((bias * bias).sum())
        slope = (chances - targets) * weights[:, None]
        gradient = [(across @ slope + penalty * table).ravel(), (member.T @ slope + 0.1 * bias).ravel()]
        return value, np.concatenate(gradient).astype(np.float64)

    found = optimize.minimize(
        loss, np.zeros(size + masks.size), jac=True, method="L-BFGS-B", options={"maxiter": rounds, "maxcor": 6}
    ).x
    return found[:size].reshape(-1, 3).astype(np.float32), found[size : size + 3].astype(np.float32)


def static_vectors(cache: Path) -> tuple[Ints, npt.NDArray[np.int8], float]:
    """Return the teacher's vectors of words as bytes: sorted hashes [W], vectors [W, S] and their unit."""
    with np.load(cache / "words.npz", allow_pickle=False) as arrays:
        words, vectors = arrays["w"].tolist(), arrays["v"].astype(np.float32)
    vectors -= vectors.mean(axis=0)
    axes = np.linalg.svd(vectors[:8_000], full_matrices=False)[2][:_STATIC]
    vectors = vectors @ axes.T
    vectors /= vectors.std()
    unit = 4.0 / 127
    codes = np.array([code("w|" + plain(word)) for word in words], np.int64)
    codes, first = np.unique(codes, return_index=True)
    return codes, np.clip(np.round(vectors[first] / unit), -127, 127).astype(np.int8), unit


def fit_network(
    vocabulary: Vocabulary, corpus: Corpus, cache: Path, epochs: int, seed: int, watch: Callable[[Encoder, Floats, Floats], None]
) -> tuple[Encoder, Floats, Floats]:
    """Train the network; return it with the weights [M, 3] and bias [3] of its own sentiment scores."""
    import torch
    from torch.nn import functional

    torch.manual_seed(seed)
    chance = np.random.RandomState(seed)
    batch = whole(vocabulary, corpus.texts)
    words, vectors, unit = static_vectors(cache)
    features = _by_row(vocabulary)
    rows_of = torch.from_numpy(_static_rows(vocabulary, words, vectors) * np.float32(unit))
    shapes: dict[str, tuple[tuple[int, ...], float]] = {
        "table": ((1 << _BITS, _WIDTH), 0.05),
        "project": ((_STATIC, _WIDTH), 0.04),
        "layer": ((_WIDTH, 3 * _HIDDEN), (1 / (3 * _WIDTH)) ** 0.5),
        "offset": ((_HIDDEN,), 0.0),
        "hidden": ((2 * _HIDDEN + _WIDTH, _FEATURES), (1 / (2 * _HIDDEN + _WIDTH)) ** 0.5),
        "hidden_offset": ((_FEATURES,), 0.0),
        "out": ((_FEATURES, 3), _FEATURES**-0.5),
        "bias": ((len(corpus.masks), 3), 0.0),
    }
    p: dict[str, Any] = {name: (torch.randn(shape) * by).requires_grad_() for name, (shape, by) in shapes.items()}
    weights = np.array(corpus.weights, np.float32)
    weight, target = torch.from_numpy(weights / weights.mean()), torch.from_numpy(np.array(corpus.targets))
    sets, masks = torch.tensor(corpus.sets), torch.from_numpy(np.array(corpus.masks))

    def scores(chosen: Ints) -> Any:
        lengths = np.minimum(batch.lengths[chosen], _LONGEST)
        begins = np.cumsum(lengths) - lengths
        places = np.repeat(batch.starts[chosen] - begins, lengths) + np.arange(lengths.sum())
        rows, where = np.unique(batch.rows[places], return_inverse=True)
        entries, offsets = features.entries(rows)
        token = functional.embedding_bag(
            torch.from_numpy(features.codes[entries]),
            p["table"],
            torch.from_numpy(offsets),
            mode="sum",
            per_sample_weights=torch.from_numpy(features.weights[entries]),
        )
        token = token + functional.dropout(rows_of[torch.from_numpy(rows // 2)], 0.2) @ p["project"]
        x = functional.dropout(token, 0.2)[torch.from_numpy(where)] * (torch.rand(len(where), 1) > 0.1)
        seen = x @ p["layer"]
        inner = torch.ones(len(where), 1)
        inner[torch.from_numpy(begins)] = 0
        y = seen[:, _HIDDEN : 2 * _HIDDEN]
        y = y + functional.pad((seen[:-1, :_HIDDEN] * inner[1:]), (0, 0, 1, 0))
        y = y + functional.pad((seen[1:, 2 * _HIDDEN :] * inner[1:]), (0, 0, 0, 1))
        y = torch.relu(y + p["offset"])
        size = torch.from_numpy(lengths)
        per_token = 1 / size.float()[:, None]
        pooled = [torch.segment_reduce(y, "max", lengths=size)]
        pooled += [torch.segment_reduce(one, "sum", lengths=size) * per_token for one in (y, x)]
        deep = torch.relu(functional.dropout(torch.cat(pooled, 1), 0.25) @ p["hidden"] + p["hidden_offset"])
        return functional.dropout(deep, 0.15) @ p["out"] + p["bias"][sets[chosen]] + masks[sets[chosen]]

    optimizer = torch.optim.Adam(list(p.values()), lr=2e-3)
    size, steps, step = 128, epochs * (len(corpus.texts) // 128 + 1), 0
    for _ in range(epochs):
        order = chance.permutation(len(corpus.texts))
        for first in range(0, len(order), size):
            chosen = order[first : first + size]
            for group in optimizer.param_groups:
                group["lr"] = 2.5e-3 * min(1, (step + 1) / 200) * max(0.01, 1 - step / steps)
            logs = functional.log_softmax(scores(chosen), 1)
            loss = -((target[chosen] * logs.clamp(min=-30)).sum(1) * weight[chosen]).mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(list(p.values()), 1.0)
            optimizer.step()
            step += 1
        a = {name: value.detach().numpy().copy() for name, value in p.items()}
        by = float(np.quantile(np.abs(a["table"]), 0.9999)) / 127
        table = np.clip(np.round(a["table"] / by), -127, 127).astype(np.int8)
        shared = {name: a[name] for name in ("project", "layer", "offset", "hidden", "hidden_offset")}
        encoder = Encoder(table=table, unit=by, words=words, vectors=vectors, vector_unit=unit, **shared)
        watch(encoder, a["out"], a["bias"][0])
    return encoder, a["out"], a["bias"][0]


@dataclass(frozen=True, slots=True)
class _Rows:
    """The features of every row, one row after another."""

    begins: Ints
    codes: Ints
    weights: Floats

    def entries(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return where the entries of `rows` stand, and where each row's begin among them."""
        counts = self.begins[rows + 1] - self.begins[rows]
        offsets = np.cumsum(counts) - counts
        return np.repeat(self.begins[rows] - offsets, counts) + np.arange(counts.sum()), offsets


def _by_row(vocabulary: Vocabulary) -> _Rows:
    found = vocabulary.features(0)
    chosen = [np.flatnonzero((found.when == 0) | (found.when == 1 + negated)) for negated in (0, 1)]
    rows = np.concatenate([found.places[kept] * 2 + negated for negated, kept in enumerate(chosen)])
    order = np.argsort(rows, kind="stable")
    kept = np.concatenate(chosen)[order]
    begins = np.searchsorted(rows[order], np.arange(2 * len(vocabulary.words) + 1))
    return _Rows(begins, found.codes[kept] & ((1 << _BITS) - 1), found.weights[kept])


def _static_rows(vocabulary: Vocabulary, words: Ints, vectors: npt.NDArray[np.int8]) -> Floats:
    codes = np.array([code("w|" + plain(word.lstrip("\x00"))) for word in vocabulary.words], np.int64)
    places = np.minimum(np.searchsorted(words, codes), len(words) - 1)
    found = vectors[places].astype(np.float32)
    found[words[places] != codes] = 0
    return found


def whole(vocabulary: Vocabulary, texts: Sequence[str]) -> Batch:
    """Cut all texts at once, without forgetting any word."""
    tokens.KNOWN_AT_MOST = 10**9
    return vocabulary.batch(texts)


def recall(targets: Ints, found: Ints) -> float:
    """Mean over labels of the share of its texts that are found."""
    return float(np.mean([(found[targets == label] == label).mean() for label in np.unique(targets)]))


def learn(root: Path, cache: Path, *, seeds: Sequence[dict[str, object]] | None = None, epochs: int = 3, seed: int = 0) -> tuple[Encoder, Head]:
    """Train network and head; both learn from the same texts, the head's scores are the sum of both's."""
    vocabulary = Vocabulary(valences())
    corpus = gather(root, cache, data.seeds() if seeds is None else seeds)
    tweets = data.tweets(root)
    chosen = [tweets[place] for place in held_out(len(tweets))]
    unseen, truth = [text for text, _ in chosen], one_hot([label for _, label in chosen]).argmax(axis=1)
    print(len(corpus.texts), "texts", flush=True)

    def watch(encoder: Encoder, out: Floats, bias: Floats) -> None:
        fresh = Vocabulary(valences())
        said = encoder.encode(fresh, fresh.batch(unseen)) @ out + bias
        print("held-out tweets, macro-recall of the network:", round(recall(truth, said.argmax(axis=1)), 4), flush=True)

    encoder, out, bias = fit_network(vocabulary, corpus, cache, epochs, seed, watch)
    features = matrix(vocabulary, corpus.texts, _LINEAR_BITS)
    table, offset = fit_linear(features, corpus)
    both = quantised(LABELS, table * _LINEAR_SHARE, offset * _LINEAR_SHARE + bias, out)
    fresh = Vocabulary(valences())
    batch = fresh.batch(unseen)
    raw = both.score(fresh, batch, encoder.encode(fresh, batch))
    head = calibrated("sentiment", "single", both, raw, truth)
    print("held-out tweets, macro-recall of both:", round(recall(truth, raw.argmax(axis=1)), 4), flush=True)
    return encoder, head


def main() -> None:
    """Train and write `encoder.npz` and `sentiment.npz`, as a model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cache", type=Path, required=True, help="what the teacher says, made when it is not there")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=3)
    asked = parser.parse_args()
    encoder, head = learn(asked.data, asked.cache, epochs=asked.epochs)
    save_model(asked.out, {"sentiment": head}, encoder=encoder)


if __name__ == "__main__":
    main()
