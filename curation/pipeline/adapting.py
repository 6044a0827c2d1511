"""Learn from what people said of tags: a new model, compared with what was, in force if it is not worse."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from curation.client import Client
from curation.config import Config
from curation.language import models
from curation.language.taxonomy import read_taxonomy
from curation.pipeline.runs import Counts, Progress, kept_run, tell

MOST = 20_000
"""Judgements that are learned from, the newest ones: what a night's run on two cores can do."""

Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What came of it. `model`: the new one's name, None where none was made; `used`: whether it is in force.

    `judged`: comments people judged; `untouched`: others whose tags were taken as right; `changes`: by head, as
    `curation.language.training.adapt.Change` has them; `reason`: why there is none, or why it is not in force.
    """

    model: str | None = None
    used: bool = False
    judged: int = 0
    untouched: int = 0
    changes: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)


def adapt(
    client: Client,
    config: Config,
    *,
    force: bool = False,
    only_new: bool = False,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Learned:
    """Learn from the judgements in the store. With `only_new`, only where there are some since the last model.

    With `force` the new model is in force even where it is worse; with `dry_run` it is only measured.
    """
    known = models.made(config.home)
    since = next((str(one.about.get("until", "")) for one in known if one.fits), "")
    table = client.table("/judgements", limit=MOST)
    judged = _rows(table.to_pylist(), _renamed(client))
    if only_new and not any(row["at"] > since for row in judged.values()):
        return Learned(judged=len(judged), reason="Nobody judged a tag since the last model was made.")
    with kept_run(client, "adapt", None, Counts(), dry_run):
        return _learn(client, config, list(judged.values()), force, dry_run, progress)


def _learn(
    client: Client, config: Config, judged: list[Row], force: bool, dry_run: bool, progress: Progress | None
) -> Learned:
    from curation.language.engine import Engine
    from curation.language.training import adapt as learning

    anchors = _anchors(client, judged)
    rows = judged + anchors
    own = models.chosen(config.home)
    until = next(
        (str(one.about["until"]) for one in models.made(config.home) if own and one.name == own.name), ""
    )
    engine = Engine.load(languages=config.tagging.languages)
    rival = Engine.load(model=own, languages=config.tagging.languages) if own else None
    heads, changes = learning.adapt(
        engine,
        rows,
        rival=rival,
        fresh=[bool(until) and row.get("at", "") > until for row in rows],
        tell=progress,
    )
    tell(progress, "learn topic", 4, 4)
    told = [{**asdict(change), "worse": change.worse} for change in changes]
    found: dict[str, Any] = {"judged": len(judged), "untouched": len(anchors), "changes": told}
    if not changes:
        few = f"No head has {learning.FEWEST} judged comments yet. Correct or confirm more tags."
        return Learned(**found, reason=few)
    if not heads:
        return Learned(**found, reason="Nothing was found that tags better than what there is.")
    worse = [change.head for change in changes if change.worse]
    reason = (
        f"It is worse than the model in force on what people said since: {', '.join(worse)}." if worse else ""
    )
    if dry_run:
        return Learned(**found, reason=reason)
    about = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "until": max(row["at"] for row in judged),
        **found,
        "reason": reason,
    }
    name = models.add(config.home, heads, about)
    used = force or not worse
    if used:
        client.post("/models/use", {"name": name})
    return Learned(model=name, used=used, **found, reason=reason)


def _renamed(client: Client) -> Mapping[str, str]:
    """Return what every topic that was ever called otherwise is called today; those put away are left out."""
    found = read_taxonomy(client.get("/taxonomy")["topics"], "the taxonomy")
    names = {old: topic.id for topic in found.topics for old in topic.also}
    return names | {topic.id: topic.id for topic in found.topics}


def _rows(judgements: list[dict[str, Any]], topics: Mapping[str, str]) -> dict[int, Row]:
    """Gather the judgements of a comment as a row to learn from; `right` and `wrong` count what the tagger had said."""
    rows: dict[int, Row] = {}
    for one in judgements:
        if one["name"] == "language":
            continue
        row = rows.setdefault(one["id"], _about(one) | {"at": "", "right": "", "wrong": ""})
        value = one["value"]
        if one["name"] == "topic":
            row["topics"] = _topics(value, topics)
        else:
            row[one["name"]] = value
        row["right" if value == one["said"] else "wrong"] += "x"
        row["at"] = max(row["at"], one["made_at"].isoformat())
    return rows


def _about(one: Mapping[str, Any]) -> Row:
    title = one["title"]
    return {
        "text": f"{title}\n{one['text']}" if title else one["text"],
        "language": one["language"] or "",
        "source": one["source"],
    }


def _topics(value: str, known: Mapping[str, str]) -> str:
    """Write topics as `a|b`; "|" where there are none."""
    return "|".join(sorted({known[id] for id in value.split("|") if id in known})) or "|"


def _anchors(client: Client, judged: list[Row]) -> list[Row]:
    """Take tags nobody touched as right, as many as people found more wrong than right.

    People mostly say what is wrong: learned from alone, that would spoil what is right.
    """
    count = sum(len(row["wrong"]) > 0 for row in judged) - sum(not row["wrong"] for row in judged)
    if count <= 0:
        return []
    topics = _renamed(client)
    rows = []
    for one in client.table("/judgements/untouched", limit=count).to_pylist():
        unsure = one["unsure"].strip("|").split("|")
        row = _about(one)
        row |= {name: one[name] or "" for name in ("sentiment", "intent", "urgency") if name not in unsure}
        row["topics"] = "" if "topic" in unsure else _topics(one["topics"], topics)
        rows.append(row)
    return rows
