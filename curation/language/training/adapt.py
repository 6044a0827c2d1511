"""Learn from a team's own labels: adapt the shipped heads, or train a head of the team's own.

An adapted head reads the base's scores beside the words, so that a few labels already help (domain adaptation by
feature augmentation, Daumé III, ACL 2007). How much it may differ from the base is chosen on labels it has not seen; at
worst it is the base.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy import sparse

from curation.errors import Invalid
from curation.language.engine import SHIPPED, Engine
from curation.language.heads import Head, save_model
from curation.language.linear import Linear, quantised
from curation.language.tokens import Floats
from curation.language.training.compared import Given, Part, parts
from curation.language.training.fit import Labels, Settings, calibrated, design, folds, machine, quality
from curation.language.training.own import fit_own
from curation.models import INTENTS, SENTIMENTS, URGENCIES

ADAPTABLE = {"sentiment": SENTIMENTS, "intent": INTENTS, "urgency": URGENCIES}
FEWEST = 10
MOST_LABELS = 300
"""Each takes a megabyte while it is learnt, many times over."""
"""Labels below which a head is left as it is."""

_SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
_PENALTIES = (0.003, 0.02, 0.1)
_OF_SCORES = (1.0, 30.0)
_NEVER = -4.0
_DRAWS = 500
_MOST_BYTES = 20_000_000
_MANY = 1_000
"""Labels from which on fewer machines are compared: the choice is surer, and each takes longer."""


@dataclass(frozen=True, slots=True)
class Change:
    """One head before and after, on labels that were held out. `quality` is macro-F1, 0 to 1.

    `low`, `high`: 95 % interval of the difference, from 500 bootstrap samples. `share`: how much of the new there is in
    the mixture; 0 leaves the head as it is. `rival`: of the model in force, and `against`: of the new one, both on the
    texts labelled since that model was made; None where there are too few.
    """

    head: str
    labels: int
    before: float
    after: float
    low: float
    high: float
    share: float
    parts: tuple[Part, ...] = ()
    rival: float | None = None
    against: float | None = None

    @property
    def worse(self) -> bool:
        """Whether the new head is worse than the one in force on what neither has learned from."""
        return self.rival is not None and self.against is not None and self.against < self.rival - 1e-9


def read_labels(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """Read a CSV with `text` and any of `columns`. Raises Invalid naming line and column."""
    csv.field_size_limit(_MOST_BYTES)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            names = rows.fieldnames or []
            if "text" not in names:
                raise Invalid(
                    f"{path}, line 1: there is no column 'text'. There are: {', '.join(names) or 'none'}."
                )
            if not set(columns) & set(names):
                raise Invalid(f"{path}, line 1: needs a column {' or '.join(map(repr, columns))}.")
            found = []
            for row in rows:
                if row["text"] is None or None in row or any(value is None for value in row.values()):
                    raise Invalid(f"{path}, line {rows.line_num}: has not as many cells as the first line.")
                found.append(
                    {"text": row["text"].strip()} | {name: _trimmed(row.get(name) or "") for name in columns}
                )
    except OSError as error:
        raise Invalid(f"Cannot read {path}: {error.strerror}.") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise Invalid(f"{path}: is not CSV in UTF-8 ({error}). Save it so and try again.") from error
    return found


def _trimmed(cell: str) -> str:
    """Take the space round every label; "|" alone, no label at all, stays."""
    return "|".join(part.strip() for part in cell.split("|"))


def adapt(
    engine: Engine,
    rows: Sequence[dict[str, str]],
    seed: int = 0,
    *,
    rival: Engine | None = None,
    fresh: Sequence[bool] = (),
    tell: Callable[[str, int, int | None], None] | None = None,
) -> tuple[dict[str, Head], list[Change]]:
    """Adapt the shipped heads to rows of `text` and any of sentiment, intent, urgency, topics (joined by `|`).

    An empty cell is no label; "|" is no topic. A topic the base does not know becomes one it does. `language` and `source`
    of a row, where given, part the figures. `rival` is the engine in force, compared on the rows marked `fresh`. Returns
    the heads that became better, and what changed. Raises Invalid for an unknown label of another head.
    """
    heads, changes = {}, []
    for place, name in enumerate((*ADAPTABLE, "topic")):
        column = "topics" if name == "topic" else name
        chosen = [number for number, row in enumerate(rows) if row.get(column) and row["text"]]
        if tell:
            tell(f"learn {name}", place, len(ADAPTABLE) + 1)
        if len(chosen) < FEWEST:
            continue
        labelled = [rows[number] for number in chosen]
        given = [row[column] for row in labelled]
        known = list(engine.base(name).labels)
        if name == "topic":
            known += sorted({one for cell in given for one in cell.split("|") if one} - set(known))
        targets = _targets(given, known, column, several=name == "topic")
        if targets.ndim == 1 and len(set(targets.tolist())) < 2:
            # Labels that are all alike tell no line between two.
            continue
        new = np.array([bool(fresh) and fresh[number] for number in chosen])
        head, change = _adapted(engine, name, known, labelled, targets, seed, rival, new)
        changes.append(change)
        if change.share:
            heads[name] = head
    return heads, changes


def _targets(given: Sequence[str], known: Sequence[str], column: str, several: bool) -> Labels:
    sets = [set(cell.split("|")) if several else {cell} for cell in given]
    if unknown := sorted(set().union(*sets) - set(known) - {""}):
        raise Invalid(f"Column {column!r}: {unknown[0]!r} is no label. There are: {', '.join(known)}.")
    if several:
        return np.array([[label in one for label in known] for one in sets]).astype(np.int64)
    return np.array([list(known).index(cell) for cell in given], np.int64)


def _adapted(
    engine: Engine,
    name: str,
    labels: Sequence[str],
    rows: Sequence[dict[str, str]],
    targets: Labels,
    seed: int,
    rival: Engine | None,
    fresh: Given,
) -> tuple[Head, Change]:
    base, width = engine.base(name), len(labels)
    texts = [row["text"] for row in rows]
    dense = engine.dense(texts)
    place = engine.places(name)
    old = np.full((len(texts), width), _NEVER, np.float32)
    old[:, : len(base.labels)] = dense[:, place] * base.slopes + base.offsets
    many = len(texts) >= _MANY
    settings = Settings(
        bits=17,
        penalties=_PENALTIES[1:2] if many else _PENALTIES,
        idf=False,
        folds=3 if many else 5,
        seed=seed,
    )
    features, weigh = design(engine.vocabulary, texts, dense, settings)
    first = features.shape[1] - dense.shape[1] + place.start
    scores = slice(first, first + len(base.labels))
    before, after = np.zeros_like(old), np.zeros_like(old)
    for known, unknown in folds(targets, settings):
        way = _chosen(features[known], old[known], targets[known], settings, width, scores)
        weights, bias = way.learn(features[known], targets[known], settings, width)
        learned = (features[unknown] @ weights.T + bias) * way.scale
        before[unknown], after[unknown] = old[unknown], way.share * learned + (1 - way.share) * old[unknown]
    way = _chosen(features, old, targets, settings, width, scores)
    low, high, difference = _interval(targets, before, after, seed)
    share, scale = (0.0 if difference <= 0 else way.share), way.scale
    weights, bias = way.learn(features, targets, settings, width)
    table, read = weigh(weights * scale * share)
    for column in range(len(base.labels)):
        read[place.start + column, column] += (1 - share) * base.slopes[column]
    offsets = np.full(width, _NEVER, np.float32)
    offsets[: len(base.labels)] = base.offsets
    linear: Linear = quantised(labels, table, bias * scale * share + (1 - share) * offsets, read)
    shown = after if share else old
    head = calibrated(name, base.kind, linear, shown, targets)
    if len(texts) < 200:
        head = replace(head, sure=base.sure)
    new = head.probabilities(shown)
    change = Change(
        name,
        len(texts),
        quality(targets, before),
        quality(targets, shown),
        low,
        high,
        share,
        parts=tuple(
            parts(
                labels,
                _truth(targets, width),
                _given(base, base.probabilities(dense[:, place]), width),
                _given(head, new, width),
                {kind: [row.get(kind, "") for row in rows] for kind in ("language", "source")},
                seed,
            )
        ),
    )
    if rival is not None and fresh.sum() >= FEWEST:
        theirs = rival.head(name)
        said = np.zeros((int(fresh.sum()), width), np.float32)
        columns = [list(labels).index(label) for label in theirs.labels if label in labels]
        shared = [number for number, label in enumerate(theirs.labels) if label in labels]
        chances = rival.probabilities(name, [text for text, one in zip(texts, fresh, strict=True) if one])
        said[:, columns] = chances[:, shared]
        change = replace(
            change, rival=quality(targets[fresh], said), against=quality(targets[fresh], shown[fresh])
        )
    return head, change


def _truth(targets: Labels, width: int) -> Given:
    return targets.astype(bool) if targets.ndim == 2 else np.eye(width, dtype=bool)[targets]


def _given(head: Head, chances: Floats, width: int) -> Given:
    """Say which labels a head gives, from its probabilities; it may know fewer labels than `width`."""
    given = np.zeros((len(chances), width), bool)
    if head.kind == "multi":
        given[:, : chances.shape[1]] = chances >= head.thresholds
    else:
        given[np.arange(len(chances)), chances.argmax(axis=1)] = True
    return given


@dataclass(frozen=True, slots=True)
class _Way:
    """How to learn: the machine's penalty, the features it reads (None: all), and how much of it is mixed in at what scale."""

    penalty: float = _PENALTIES[0]
    columns: slice | None = None
    share: float = 0.0
    scale: float = 1.0

    def learn(
        self, features: sparse.csr_matrix, targets: Labels, settings: Settings, width: int
    ) -> tuple[Floats, Floats]:
        """Return weights [K, F] and bias [K]; features that are not read weigh nothing."""
        counts = np.ones(len(targets), np.float32)
        if self.columns is None:
            return machine(features, targets, counts, self.penalty, settings, width)
        few, bias = machine(features[:, self.columns], targets, counts, self.penalty, settings, width)
        weights = np.zeros((width, features.shape[1]), np.float32)
        weights[:, self.columns] = few
        return weights, bias


def _chosen(
    features: sparse.csr_matrix, old: Floats, targets: Labels, settings: Settings, width: int, scores: slice
) -> _Way:
    """Choose a way by cross-validation; at least as good as the base, which is to take no share of anything new.

    Beside machines that read everything, those that read only the base's own `scores` are tried: with few labels, how a
    team draws the line between two labels is all there is to learn.
    """
    inner = replace(settings, seed=settings.seed + 1, folds=settings.folds - 1)
    best, best_way = quality(targets, old), _Way()
    spread = float(old.std()) or 1.0
    ways = [_Way(penalty) for penalty in settings.penalties]
    if targets.ndim == 1:
        ways += [_Way(penalty, scores) for penalty in _OF_SCORES]
    for way in ways:
        held_out = np.zeros_like(old)
        for known, unknown in folds(targets, inner):
            weights, bias = way.learn(features[known], targets[known], settings, width)
            held_out[unknown] = features[unknown] @ weights.T + bias
        scale = spread / (float(held_out.std()) or 1.0)
        for share in _SHARES[1:]:
            measured = quality(targets, share * scale * held_out + (1 - share) * old)
            if measured > best + 1e-9:
                best, best_way = measured, replace(way, share=share, scale=scale)
    return best_way


def _interval(targets: Labels, before: Floats, after: Floats, seed: int) -> tuple[float, float, float]:
    """Return the 95 % interval of the gain, and the gain."""
    chance = np.random.default_rng(seed)
    gain = quality(targets, after) - quality(targets, before)
    draws = []
    for _ in range(_DRAWS if len(targets) < 5_000 else 50):
        drawn = chance.integers(0, len(targets), len(targets))
        draws.append(quality(targets[drawn], after[drawn]) - quality(targets[drawn], before[drawn]))
    return float(np.quantile(draws, 0.025)), float(np.quantile(draws, 0.975)), gain


def train(engine: Engine, name: str, rows: Sequence[dict[str, str]], seed: int = 0) -> tuple[Head, float]:
    """Train a head of the team's own; return it and its macro-F1 on labels held out. Raises Invalid for too few labels, or too many.

    A cell with `|`, or one that is empty (no label), in any row makes it a head of several labels.
    """
    if name in SHIPPED or not name.isidentifier():
        raise Invalid(f"A task is named by a word such as 'mood_of_day', and not {name!r}.")
    rows = [row for row in rows if row["text"]]
    several = any("|" in row["label"] or not row["label"] for row in rows)
    sets = [{one for one in row["label"].split("|") if one} for row in rows]
    counted = (
        {label: sum(label in one for one in sets) for label in sorted(set().union(*sets))} if sets else {}
    )
    labels = tuple(label for label, count in counted.items() if count > 1)
    if len(rows) < FEWEST or len(labels) < (1 if several else 2):
        raise Invalid(
            f"To train {name}, at least {FEWEST} texts and two labels with two texts each are needed."
        )
    if len(labels) > MOST_LABELS:
        raise Invalid(
            f"{name} has {len(labels):,} labels with two texts each, and a head takes {MOST_LABELS} at most. "
            "Is it the right column? Otherwise put labels that mean nearly the same together."
        )
    if not several:
        rows = [row for row in rows if row["label"] in labels]
    texts = [row["text"] for row in rows]
    targets = (
        _targets([row["label"] for row in rows], labels, "label", several)
        if not several
        else np.array([[label in one for label in labels] for one in sets]).astype(np.int64)
    )
    settings = Settings(
        penalties=(0.3, 1.0),
        seed=seed,
        folds=5 if len(rows) < 5_000 else 3,
    )
    dense = engine.dense(texts)
    # What the shipped intent, urgency and topic heads say of a text they were trained on is better than it will be of
    # others: a head that relied on it would be measured too well, and be worse.
    dense[:, engine.places("sentiment").stop :] = 0
    return fit_own(name, texts, targets, labels, engine.vocabulary, dense, engine.meanings, settings)


def save(folder: Path, engine: Engine, heads: dict[str, Head]) -> str:
    """Write the heads as a model on top of the engine's weights; return its digest."""
    return save_model(folder, heads, base=engine.digest)
