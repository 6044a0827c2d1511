"""Read the public data the shipped weights are trained on, and the seed comments written for this project.

Each function takes the folder that holds the sets (`SOURCE.txt` in each says where it is from and its licence).
"""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

SEEDS = Path(__file__).parents[1] / "seeds"
_NUMBERS = re.compile(r"\d+(?:, *\d+)*")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


def seeds() -> list[dict[str, Any]]:
    """Return the seed comments: text, lang, domain, sentiment, topics with their sentiment, intent, urgency."""
    lines = [line for path in sorted(SEEDS.glob("*.jsonl")) for line in path.read_text("utf-8").split("\n")]
    return [json.loads(line) for line in lines if line]


def tweets(root: Path) -> list[tuple[str, str]]:
    """Text and sentiment of SemEval's tweets."""
    lines = (root / "semeval2017/tweets.tsv").read_text("utf-8").split("\n")
    return [
        (text, label) for _, label, text in (line.split("\t", 2) for line in lines if line.count("\t") > 1)
    ]


def patients(root: Path) -> list[tuple[str, str, list[str]]]:
    """Text, sentiment and topics of the NHS Friends and Family comments that say something."""
    found = []
    with (root / "nhs_pxtextmining/v6.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            text = (row["FFT answer"] or "").strip()
            topics = [name for name in list(row)[11:] if (row[name] or "").startswith("1")]
            score = (row["Comment sentiment"] or "").strip()[:1]
            if text and topics and score.isdigit():
                sentiment = {"1": "positive", "2": "positive", "3": "neutral"}.get(score, "negative")
                found.append((text, sentiment, topics))
    return found


def emotions(root: Path) -> list[tuple[str, list[str]]]:
    """Text and emotions of GoEmotions' Reddit comments."""
    names = (root / "goemotions/labels.txt").read_text("utf-8").split()
    lines = (root / "goemotions/train.tsv").read_text("utf-8").split("\n")
    found = []
    for line in lines:
        text, _, rest = line.partition("\t")
        numbers = rest.partition("\t")[0]
        if numbers[:1].isdigit():
            found.append((text, [names[int(number)] for number in numbers.split(",")]))
    return found


def opinions(root: Path) -> list[tuple[str, str]]:
    """Text and sentiment (never neutral) of UCI's labelled sentences."""
    found = []
    for name in ("amazon_cells", "imdb", "yelp"):
        for line in (root / f"uci_sentences/{name}_labelled.txt").read_text("utf-8").split("\n"):
            text, _, label = line.rpartition("\t")
            if label.strip() in ("0", "1"):
                found.append((text.strip(), "positive" if label.strip() == "1" else "negative"))
    return found


def subtitles(root: Path, language: str) -> list[tuple[str, set[int]]]:
    """Lines of subtitles and their emotions: 1 anger, 3 disgust, 4 fear, 5 joy, 6 sadness, 8 trust (XED)."""
    name = "en-annotated" if language == "en" else f"{language}-projections"
    found = []
    for line in (root / f"xed/{name}.tsv").read_text("utf-8").split("\n"):
        text, _, numbers = line.rstrip("\r").rpartition("\t")
        if text.strip() and _NUMBERS.fullmatch(numbers):
            found.append((text.strip(), {int(number) for number in numbers.split(",")}))
    return found


def portuguese(root: Path) -> list[tuple[str, str]]:
    """Text and sentiment of AfriSenti's Portuguese tweets."""
    lines = (root / "afrisenti_pt/train.tsv").read_text("utf-8").split("\n")[1:]
    return [(text, label) for text, _, label in (line.rpartition("\t") for line in lines) if label]


def sentences(root: Path, language: str) -> list[str]:
    """News sentences in `language` (lingua's test data); none for a language it lacks."""
    path = root / f"lingua_testdata/{language}.txt"
    return [line for line in path.read_text("utf-8").split("\n") if line.strip()] if path.exists() else []


def intents(root: Path) -> list[tuple[str, str]]:
    """Text and intent of Banking77, as `banking77.…`, and of CLINC150, as `clinc.…`."""
    with (root / "banking77/train.csv").open(encoding="utf-8") as file:
        found = [(row["text"], f"banking77.{row['category']}") for row in csv.DictReader(file)]
    clinc = json.loads((root / "clinc150/train_val.json").read_text("utf-8"))
    for part in ("train", "oos_train"):
        found += [(text, f"clinc.{intent}") for text, intent in clinc.get(part, [])]
    return found


def aspects(root: Path) -> list[tuple[str, dict[str, str]]]:
    """Sentences on restaurants and the sentiment of each aspect they name (MAMS)."""
    tree = ElementTree.parse(root / "mams_acsa/train.xml")  # noqa: S314
    found = []
    for sentence in tree.iter("sentence"):
        said = {one.get("category", ""): one.get("polarity", "") for one in sentence.iter("aspectCategory")}
        found.append((sentence.findtext("text") or "", said))
    return found


def complaints(root: Path) -> Iterator[tuple[str, str]]:
    """Text (its first sentences) and issue of complaints to the US consumer bureau."""
    csv.field_size_limit(10_000_000)
    with (root / "cfpb/complaints.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            text = " ".join(_SENTENCE.split(row["Consumer complaint narrative"] or "")[:4])[:600]
            if len(text) > 20:
                yield text, row["Issue"]
