"""Train the network of `network.py`, and the sentiment head that stands on it. Needs PyTorch.

It learns the teacher's opinions on 300,000 English texts, the labels people gave, the seed comments, and, with less
weight, subtitles and news in other languages; words the teacher knows begin with the teacher's own vectors.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from curation.language.heads import Head
from curation.language.linear import Linear, quantised
from curation.language.network import Encoder
from curation.language.tokens import Batch, Floats, Ints, Vocabulary, code, plain
from curation.language.training import data
from curation.language.training.fit import Labels, calibrated, matrix
from curation.language.training.french import versions
from curation.language.training.logistic import fit_soft
from curation.language.training.teacher import held_out, progress
from curation.models import SENTIMENTS

_BITS, _WIDTH, _SPOKEN, _FILTERS, _FEATURES = 15, 64, 64, 96, 96
_EPOCHS, _BATCH, _RATE = 3, 128, 3e-3
_SOFTNESS, _GOLD = 1.5, 0.3
_LONGEST = 80
_LINEAR_SHARE, _JUDGED = 0.5, 0.7
_SENTIMENT_BITS = 18
_IN_FRENCH, _FRENCH_WEIGHT = 100_000, 0.6
_FOREIGN = 0.3
_DAMPING = 0.87
"""On kinds of texts it has not learnt from, the head is surer than it is right; on tweets it can spare this much."""
_OTHERS = ("de", "es", "it", "pt", "nl", "fr")


@dataclass(frozen=True, slots=True)
class Lessons:
    """Texts with what is to be learnt: `soft` [N, 3] probabilities, `gold` [N] labels or -1, `weights` [N].

    `foreign` [N]: 1 for subtitles and news, whose neutral is another one than that of tweets and comments.
    """

    texts: list[str]
    soft: Floats
    gold: Labels
    weights: Floats
    foreign: Labels


def lessons(root: Path, taught: Path) -> Lessons:
    """Gather everything that says something about sentiment. Texts that are held out are left out."""
    scores = np.load(taught / "taught.npy") / _SOFTNESS
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    judged = dict(
        zip(
            json.loads((taught / "taught.json").read_text("utf-8")),
            powers / powers.sum(1, keepdims=True),
            strict=True,
        )
    )
    gold = {text: (SENTIMENTS.index(label), 1.0) for text, label in data.tweets(root)}
    gold |= {text: (SENTIMENTS.index(label), 1.0) for text, label in data.portuguese(root)}
    seeds = [seed for seed in data.seeds() if not held_out(seed["text"], seed=True)]
    for seed in seeds:
        gold[str(seed["text"])] = (
            SENTIMENTS.index(str(seed["sentiment"])),
            4.0 if seed["lang"] == "fr" else 2.0,
        )
    for language in _OTHERS:
        for text, feelings in data.subtitles(root, language):
            if feelings <= {5, 8} or feelings <= {1, 3, 6}:
                gold[text] = (0 if feelings & {1, 3, 6} else 2, _FOREIGN)
        gold |= {text: (1, _FOREIGN) for text in data.sentences(root, language)}
    texts = [text for text in dict.fromkeys([*judged, *gold]) if not held_out(text)]
    soft = np.zeros((len(texts), 3), np.float32)
    labels, weights = np.full(len(texts), -1), np.ones(len(texts), np.float32)
    for place, text in enumerate(texts):
        if text in gold:
            labels[place], weights[place] = gold[text]
        soft[place] = judged[text] if text in judged else np.full(3, 0.1) + 0.7 * np.eye(3)[labels[place]]
    foreign = np.array([text not in judged and gold[text][1] == _FOREIGN for text in texts], np.int64)
    chance = random.Random(0)
    put = versions(texts, chance)
    chance.shuffle(put)
    places = np.array([place for place, _ in put[:_IN_FRENCH]])
    return Lessons(
        texts + [text for _, text in put[:_IN_FRENCH]],
        np.concatenate([soft, soft[places]]),
        np.concatenate([labels, labels[places]]),
        np.concatenate([weights, weights[places] * _FRENCH_WEIGHT]).astype(np.float32),
        np.concatenate([foreign, foreign[places]]),
    )


def sentiment(
    encoder: Encoder, out: Floats, offset: Floats, learnt: Lessons, root: Path, vocabulary: Vocabulary
) -> Head:
    """Join the network's scores with those of logistic regression in one head, calibrated on what was held out."""
    known = np.flatnonzero(learnt.gold >= 0)
    features = matrix(vocabulary, [learnt.texts[place] for place in known], _SENTIMENT_BITS)
    gold, foreign = learnt.gold[known], learnt.foreign[known]
    judged = learnt.soft[known] ** _SOFTNESS
    judged /= judged.sum(axis=1, keepdims=True)
    targets = ((1 - _JUDGED) * np.eye(3)[gold] + _JUDGED * judged).astype(np.float32)
    weights = learnt.weights[known].copy()
    for own in (foreign == 0, foreign == 1):
        share = np.bincount(gold[own], weights[own], minlength=3)
        weights[own] *= (share.sum() / np.maximum(share, 1) / 3)[gold[own]].astype(np.float32)
    table, bias = fit_soft(features, targets, weights, foreign)
    linear = quantised(SENTIMENTS, table * _LINEAR_SHARE, bias * _LINEAR_SHARE + offset, out)
    kept = [(text, SENTIMENTS.index(label)) for text, label in data.tweets(root) if held_out(text)]
    scores = head_scores(linear, encoder, vocabulary, [text for text, _ in kept])
    return calibrated("sentiment", "single", linear, scores, np.array([label for _, label in kept]), _DAMPING)


def head_scores(linear: Linear, encoder: Encoder, vocabulary: Vocabulary, texts: list[str]) -> Floats:
    """Return raw scores [N, K] of a head that stands on the network."""
    found = []
    for first in range(0, len(texts), 1_000):
        batch = vocabulary.batch(texts[first : first + 1_000])
        found.append(linear.score(vocabulary, batch, encoder.encode(vocabulary, batch)))
    return np.concatenate(found)


def train(learnt: Lessons, taught: Path, vocabulary: Vocabulary, seed: int) -> tuple[Encoder, Floats, Floats]:
    """Train the network; return it with the weights [M, 3] and offset [3] of its sentiment scores."""
    import torch
    from torch.nn import functional

    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    batch = vocabulary.batch(learnt.texts)
    with np.load(taught / "words.npz") as kept:
        words, spoken = kept["words"].tolist(), kept["vectors"].astype(np.float32)
    codes, vectors, unit = _spoken(words, spoken)
    net = _network(torch, vocabulary, codes, vectors * unit)
    soft, gold = torch.from_numpy(learnt.soft), torch.from_numpy(learnt.gold)
    weights = torch.from_numpy(learnt.weights)
    counted = np.bincount(learnt.gold[learnt.gold >= 0])
    balance = torch.tensor(counted.sum() / counted / 3, dtype=torch.float32)
    table = [net.table.weight]
    others = [weight for name, weight in net.named_parameters() if not name.startswith("table")]
    rule = torch.optim.AdamW(
        [
            {"params": table, "lr": _RATE, "weight_decay": 0},
            {"params": others, "lr": _RATE / 2, "weight_decay": 0.01},
        ]
    )
    steps = _EPOCHS * (len(learnt.texts) // _BATCH + 1)
    pace = torch.optim.lr_scheduler.LambdaLR(rule, lambda at: min(1, at / 200) * max(0.02, 1 - at / steps))
    features = _rows(vocabulary)
    net.train()
    for _ in progress(range(_EPOCHS), "network"):
        for chosen, rows, first, lengths in _batches(batch, chance):
            scores = net(rows, first, lengths, features)
            log_chances = functional.log_softmax(scores / _SOFTNESS, 1)
            loss = (
                (-(soft[chosen] * log_chances).sum(1) * weights[chosen]).mean() * _SOFTNESS**2 * (1 - _GOLD)
            )
            said = gold[chosen] >= 0
            if said.any():
                wrong = functional.cross_entropy(
                    scores[said], gold[chosen][said], weight=balance, label_smoothing=0.05, reduction="none"
                )
                loss = loss + _GOLD * (wrong * weights[chosen][said]).sum() / len(chosen)
            rule.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            rule.step()
            pace.step()
    net.eval()
    return _exported(net, codes, vectors, unit)


def _spoken(words: list[str], vectors: Floats) -> tuple[Ints, Floats, float]:
    """Return the words' sorted hashes, their vectors in few dimensions as whole numbers up to 127, and the unit."""
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred[:8_000], full_matrices=False)
    short = centred @ axes[:_SPOKEN].T
    short /= short.std()
    unit = 6.0 / 127
    codes = np.array([code("w|" + word) for word in words], np.int64)
    order = np.unique(codes, return_index=True)[1]
    return codes[order], np.clip(np.round(short / unit), -127, 127)[order].astype(np.float32), unit


def _rows(vocabulary: Vocabulary) -> tuple[Ints, Ints, Floats]:
    """Return every row's features: where each row's begin, hashes, weights."""
    found = vocabulary.features(0)
    parts = [np.flatnonzero((found.when == 0) | (found.when == 1 + negated)) for negated in (0, 1)]
    rows = np.concatenate([found.places[part] * 2 + negated for negated, part in enumerate(parts)])
    order = np.argsort(rows, kind="stable")
    entries = np.concatenate(parts)[order]
    begins = np.searchsorted(rows[order], np.arange(2 * len(vocabulary.words) + 1))
    return begins, found.codes[entries], found.weights[entries]


def _batches(batch: Batch, chance: np.random.Generator) -> Iterator[tuple[Any, Any, Any, Any]]:
    """Yield batches in random order: places, rows of their first tokens, whether each begins a text, lengths."""
    import torch

    order = chance.permutation(len(batch.lengths))
    for begin in progress(range(0, len(order), _BATCH), "texts"):
        chosen = order[begin : begin + _BATCH]
        lengths = np.minimum(batch.lengths[chosen], _LONGEST)
        starts = np.cumsum(lengths) - lengths
        tokens = np.repeat(batch.starts[chosen] - starts, lengths) + np.arange(lengths.sum())
        first = np.zeros(len(tokens), np.bool_)
        first[starts] = True
        yield (
            torch.from_numpy(chosen),
            torch.from_numpy(batch.rows[tokens]),
            torch.from_numpy(first),
            torch.from_numpy(lengths),
        )


def _network(torch: Any, vocabulary: Vocabulary, codes: Ints, vectors: Floats) -> Any:
    nn, functional = torch.nn, torch.nn.functional
    of_words = np.array([code("w|" + plain(word.lstrip("\x00"))) for word in vocabulary.words], np.int64)
    places = np.minimum(np.searchsorted(codes, of_words), len(codes) - 1)
    spoken = vectors[places]
    spoken[codes[places] != of_words] = 0

    class Network(nn.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(1 << _BITS, _WIDTH)
            nn.init.normal_(self.table.weight, 0, 0.05)
            self.register_buffer("spoken", torch.from_numpy(spoken))
            self.project = nn.Linear(_SPOKEN, _WIDTH, bias=False)
            self.layer = nn.Linear(_WIDTH, 3 * _FILTERS, bias=False)
            self.offset = nn.Parameter(torch.zeros(_FILTERS))
            self.hidden = nn.Linear(2 * _FILTERS + _WIDTH, _FEATURES)
            self.out = nn.Linear(_FEATURES, 3)

        def forward(self, rows: Any, first: Any, lengths: Any, features: tuple[Ints, Ints, Floats]) -> Any:
            here, back = torch.unique(rows, return_inverse=True)
            begins, codes, weights = features
            counts = begins[here.numpy() + 1] - begins[here.numpy()]
            starts = np.cumsum(counts) - counts
            entries = np.repeat(begins[here.numpy()] - starts, counts) + np.arange(counts.sum())
            summed = functional.embedding_bag(
                torch.from_numpy(codes[entries] & ((1 << _BITS) - 1)),
                self.table.weight,
                torch.from_numpy(starts),
                mode="sum",
                per_sample_weights=torch.from_numpy(weights[entries]),
            )
            summed = summed + self.project(functional.dropout(self.spoken[here // 2], 0.2, self.training))
            tokens = summed[back]
            if self.training:
                tokens = tokens * (torch.rand(len(tokens), 1) > 0.1).float()
            tokens = functional.dropout(tokens, 0.1, self.training)
            seen, width = self.layer(tokens), _FILTERS
            inner = (~first).float().unsqueeze(1)
            passed = seen[:, width : 2 * width].clone()
            passed[1:] += seen[:-1, :width] * inner[1:]
            passed[:-1] += seen[1:, 2 * width :] * inner[1:]
            passed = functional.relu(passed + self.offset)
            each = 1 / lengths.float().unsqueeze(1)
            pooled = torch.cat(
                [
                    torch.segment_reduce(passed, "max", lengths=lengths),
                    torch.segment_reduce(passed, "sum", lengths=lengths) * each,
                    torch.segment_reduce(tokens, "sum", lengths=lengths) * each,
                ],
                1,
            )
            hidden = functional.relu(self.hidden(functional.dropout(pooled, 0.3, self.training)))
            return self.out(functional.dropout(hidden, 0.15, self.training))

    return Network()


def _exported(net: Any, codes: Ints, vectors: Floats, unit: float) -> tuple[Encoder, Floats, Floats]:
    def values(weight: Any) -> Floats:
        return np.ascontiguousarray(weight.detach().numpy().T.astype(np.float16).astype(np.float32))

    table = net.table.weight.detach().numpy()
    step = float(np.quantile(np.abs(table), 0.99999)) / 127
    encoder = Encoder(
        table=np.clip(np.round(table / step), -127, 127).astype(np.int8),
        unit=step,
        words=codes,
        vectors=vectors.astype(np.int8),
        vector_unit=unit,
        project=values(net.project.weight),
        layer=values(net.layer.weight),
        offset=values(net.offset),
        hidden=values(net.hidden.weight),
        hidden_offset=values(net.hidden.bias),
    )
    return encoder, values(net.out.weight), values(net.out.bias)
