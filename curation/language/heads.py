"""Heads: linear scores turned into probabilities that mean what they say, and kept on disk.

A model is a folder: `model.json` says what each head is and how it is calibrated, one `.npz` holds each head's arrays.
A folder made from a team's own labels holds only its own heads and names the weights it was made on (`base`).
"""

import hashlib
import json
import shutil
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zipfile import BadZipFile, ZipFile

import numpy as np

from curation.errors import ConfigError
from curation.language.linear import Linear
from curation.language.models import MANIFEST
from curation.language.network import Encoder
from curation.language.tokens import Batch, Floats, Vocabulary

FORMAT = 1
_ENCODER = "encoder.npz"
Kind = Literal["single", "multi"]


@dataclass(frozen=True, slots=True)
class Head:
    """One task: a single label of several (softmax), or any number of labels (a sigmoid each).

    `slopes`, `offsets` [K]: score * slope + offset is calibrated (Platt; for a single label one temperature in every
    slope). `thresholds` [K]: a label of several is given from there on. `sure`: below this probability of the best
    label a single head abstains; a multi head abstains where a label lies between `sure` and its threshold.
    """

    name: str
    kind: Kind
    linear: Linear
    slopes: Floats
    offsets: Floats
    thresholds: Floats
    sure: float

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of every array."""
        return self.linear.labels

    def raw(self, vocabulary: Vocabulary, batch: Batch, dense: Floats | None = None) -> Floats:
        """Return scores [N, K] before calibration."""
        return self.linear.score(vocabulary, batch, dense)

    def probabilities(self, raw: Floats) -> Floats:
        """Return calibrated probabilities [N, K] of raw scores."""
        scores = raw * self.slopes + self.offsets
        if self.kind == "multi":
            chances: Floats = 1 / (1 + np.exp(-np.clip(scores, -30, 30)))
            return chances
        return softmax(scores)


def softmax(scores: Floats) -> Floats:
    """Turn scores [N, K] into probabilities [N, K]."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


@dataclass(frozen=True, slots=True)
class Model:
    """What a folder holds. `digest` names its content; `base` that of the weights it was made on, None for the shipped."""

    heads: Mapping[str, Head]
    encoder: Encoder | None
    digest: str
    base: str | None
    about: Mapping[str, Any]


_MOST_BYTES = 1 << 30
"""That a file of a model may have, unpacked."""

# What numpy and zipfile raise where a file is not what it says.
_SPOILT = (
    OSError, ValueError, LookupError, TypeError, AttributeError, EOFError, MemoryError, RuntimeError, BadZipFile, zlib.error,
)  # fmt: skip


def load_model(folder: Path) -> Model:
    """Read a model. Raises ConfigError saying which file is missing or spoilt, and what to do."""
    manifest = _manifest(folder)
    try:
        found = _digest(folder, manifest)
        if found != manifest["digest"]:
            raise ConfigError(
                f"{folder}: its files are not those its {MANIFEST} names. Make the model again, or copy it whole."
            )
        heads = {name: _head(folder, name, about) for name, about in manifest["heads"].items()}
        path = folder / _ENCODER
        encoder = Encoder.load(path) if path.exists() else None
    except _SPOILT as error:
        raise ConfigError(f"{folder}: is not a model that can be read ({error}). Make it again.") from error
    return Model(heads, encoder, found, manifest.get("base"), manifest.get("about", {}))


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"{folder}: is no model, there is no readable {MANIFEST}. Name a folder that `tribune train` or"
            " `tribune adapt` wrote."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: is not valid JSON ({error}). Make the model again.") from error
    if (
        not isinstance(manifest, dict)
        or manifest.get("format") != FORMAT
        or not isinstance(manifest.get("heads"), dict)
        or "digest" not in manifest
        or not all(name.isidentifier() for name in manifest["heads"])
    ):
        raise ConfigError(
            f"{path}: is not of format {FORMAT}. Make the model again with this version of Tribune."
        )
    return manifest


def _digest(folder: Path, manifest: Mapping[str, Any]) -> str:
    said = {key: value for key, value in manifest.items() if key not in ("digest", "about")}
    parts = [json.dumps(said, sort_keys=True)]
    for path in sorted(folder.glob("*.npz")):
        if not path.is_file() or path.stat().st_size > _MOST_BYTES:
            raise ValueError(f"{path.name} is no file, or too large")
        with ZipFile(path) as packed:
            if sum(one.file_size for one in packed.infolist()) > _MOST_BYTES:
                raise ValueError(f"{path.name} is too large")
        with path.open("rb") as file:
            parts.append(hashlib.file_digest(file, "sha256").hexdigest())
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:16]


def _head(folder: Path, name: str, about: Mapping[str, Any]) -> Head:
    with np.load(folder / f"{name}.npz", allow_pickle=False) as file:
        arrays = dict(file)
    _check(name, about, arrays)
    linear = Linear(
        tuple(about["labels"]),
        arrays["table"],
        arrays["scale"],
        arrays["bias"],
        arrays["dense"].astype(np.float32) if "dense" in arrays else None,
        arrays.get("out"),
    )
    calibration = arrays["slopes"], arrays["offsets"], arrays["thresholds"]
    return Head(name, about["kind"], linear, *calibration, float(about["sure"]))


def _check(name: str, about: Mapping[str, Any], arrays: Mapping[str, Any]) -> None:
    """Raise ValueError where arrays are not those of one head: it would fail only at the first text, or say anything."""
    labels, table = about["labels"], arrays["table"]
    lines, units = table.shape
    count = len(labels)
    shapes: dict[str, tuple[int, ...]] = {"scale": (units,), "bias": (units,)}
    shapes |= dict.fromkeys(("slopes", "offsets", "thresholds"), (count,))
    if "out" in arrays:
        shapes["out"] = (units + 1, count)
    if "dense" in arrays:
        shapes["dense"] = (len(arrays["dense"]), units)
    fits = all(
        arrays[one].shape == shape and arrays[one].dtype.kind == "f" and np.isfinite(arrays[one]).all()
        for one, shape in shapes.items()
    )
    if (
        not fits
        or about["kind"] not in ("single", "multi")
        or not isinstance(labels, list)
        or not all(isinstance(one, str) for one in labels)
        or len(set(labels)) != count
        or ("out" not in arrays and units != count)
        or table.dtype != np.int8
        or not lines
        or lines & (lines - 1)
    ):
        raise ValueError(f"{name}.npz does not fit its labels")


def save_model(
    folder: Path,
    heads: Mapping[str, Head],
    *,
    encoder: Encoder | None = None,
    base: str | None = None,
    about: Mapping[str, Any] | None = None,
) -> str:
    """Write a model, whole or not at all; return its digest. Raises ConfigError where `folder` cannot take it."""
    check_target(folder, base)
    try:
        return _save(folder, heads, encoder, base, about)
    except OSError as error:
        raise ConfigError(
            f"{folder}: the model cannot be written ({error.strerror}). Free space, or name another folder."
        ) from error


def check_target(folder: Path, base: str | None) -> None:
    """Raise ConfigError where `folder` holds something else than a model, or the weights that models are made on."""
    try:
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}. Name another folder.") from error
    try:
        there = dict(json.loads((folder / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        there = {}
    if not {"format", "heads"} <= there.keys():
        raise ConfigError(f"{folder}: is there already and is no model. Name another folder.")
    if base and not there.get("base"):
        raise ConfigError(f"{folder}: holds the weights that models are made on. Name another folder.")


def _save(
    folder: Path,
    heads: Mapping[str, Head],
    encoder: Encoder | None,
    base: str | None,
    about: Mapping[str, Any] | None,
) -> str:
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".model-") as made:
        new = Path(made) / "model"
        new.mkdir()
        for name, head in heads.items():
            arrays: dict[str, Any] = {
                "table": head.linear.table,
                "scale": head.linear.scale,
                "bias": head.linear.bias,
            }
            if head.linear.dense is not None:
                arrays["dense"] = head.linear.dense.astype(np.float16)
            if head.linear.out is not None:
                arrays["out"] = head.linear.out
            arrays |= {"slopes": head.slopes, "offsets": head.offsets, "thresholds": head.thresholds}
            # A table of a team's own is large and mostly zero; the shipped ones are full, and are read at every start.
            (np.savez_compressed if base else np.savez)(new / f"{name}.npz", **arrays)
        if encoder:
            encoder.save(new / _ENCODER)
        manifest: dict[str, Any] = {
            "format": FORMAT,
            "base": base,
            "heads": {
                name: {"kind": head.kind, "labels": list(head.labels), "sure": round(head.sure, 6)}
                for name, head in heads.items()
            },
        }
        manifest["digest"] = _digest(new, manifest)
        manifest["about"] = dict(about or {})
        (new / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", "utf-8")
        _replace(folder, new)
    return str(manifest["digest"])


def _replace(folder: Path, new: Path) -> None:
    """Put `new` in the place of `folder`; files there that are not a model's (a README, say) stay."""
    if folder.exists():
        for path in [*folder.glob("*.npz"), folder / MANIFEST]:
            path.unlink(missing_ok=True)
        for path in sorted(new.iterdir(), key=lambda one: one.name == MANIFEST):
            shutil.move(path, folder / path.name)
    else:
        new.rename(folder)
