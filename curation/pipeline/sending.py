"""Send what the outbox holds, each reply once: the attempt is written down first, and what nobody is sure of is looked for."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from curation import connectors
from curation.client import Client
from curation.config import Config
from curation.connectors import Answering, Changing, Connector
from curation.connectors.checking import problems
from curation.errors import Invalid, NotFound, Stale, TribuneError, TryAgain, Unknown
from curation.models import Receipt, Reply
from curation.pipeline.runs import Progress, fault, tell

SOON = 10.0
"""Seconds until a reply nobody is sure of is looked for."""
SETTLES = 300.0
"""Seconds after an attempt began before a look that finds nothing counts; a connector may say its own, longer, as `settles`.

The attempt itself may wait two minutes for an answer, and a slow server goes on after nobody waits any more.
"""
LATER = 30.0

Row = dict[str, Any]


@dataclass(slots=True)
class Sent:
    """What a pass over the outbox did, in replies. `found`: of those nobody was sure of, which had arrived. `changed`: sent before, and
    now rewritten or taken away. `trouble`: by source, why none of its replies could be sent."""

    sent: int = 0
    found: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0
    changed: int = 0
    trouble: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the counts by name, and by source what stood in the way."""
        return asdict(self)


def send(
    client: Client,
    config: Config,
    source: str | None = None,
    progress: Progress | None = None,
    resting: Collection[str] = (),
) -> Sent:
    """Send every reply that is due, and look for those nobody is sure of. A source that fails stops no other.

    Sources that are `resting` are left alone. Safe beside another sender, and after one that was killed: each step is taken at a version of the reply, once.
    """
    counts = Sent()
    by_source: dict[str, list[Row]] = defaultdict(list)
    for row in client.get("/outbox", source=source):
        if row["source"] not in resting:
            by_source[row["source"]].append(row)
    for name, rows in by_source.items():
        try:
            if name not in config.sources:
                for row in rows:
                    _unsendable(client, row, "This source is not configured any more.", counts)
                continue
            connector = connectors.make(config.source(name))
            with connector.connect() as connection:
                for done, row in enumerate(rows):
                    _one(client, connector, connection, row, counts)
                    tell(progress, name, done + 1, len(rows))
        except TribuneError as error:
            # Not one reply's fault: what was not begun stays due. One that was is `unknown` once its lease ends.
            counts.trouble[name] = f"{error.title}: {error}"
        except Exception as error:
            counts.trouble[name] = _fault(error)
    for row in client.get("/outbox/changes", source=source):
        if row["source"] not in resting:
            _change(client, config, row, counts)
    return counts


def _change(client: Client, config: Config, row: Row, counts: Sent) -> None:
    """Rewrite a reply on its channel, or take it away. Done twice it is done once: what is not sure is done again."""
    gone = row["text"] is None
    reply = Reply(
        marker=f"{row['marker']}.{row['id']}", text=row["text"] or "", to=connectors.comment_of(row["to"])
    )
    state, why, after = "done", None, 0.0
    try:
        connector = connectors.make(config.source(row["source"]))
        if not isinstance(connector, Changing):
            raise Invalid("This source lets no reply be changed.")
        with connector.connect() as connection, suppress(NotFound) if gone else nullcontext():
            connector.change(connection, reply, row["receipt_key"], gone)
    except (TryAgain, Unknown) as error:
        state, why, after = "queued", str(error), max(getattr(error, "after", 0.0), LATER)
    except Exception as error:
        state, why = "failed", _why(error)
    with suppress(Stale):
        value = {"version": row["version"], "state": state, "why": why, "after": after}
        client.post(f"/outbox/changes/{row['id']}/finish", value)
        counts.changed += state == "done"
        counts.failed += state == "failed"
        counts.waiting += state == "queued"


def _fault(error: Exception) -> str:
    return f"The connector has a fault ({fault(error)})."


def _why(error: Exception) -> str:
    return str(error) if isinstance(error, TribuneError) else _fault(error)


def _unsendable(client: Client, row: Row, why: str, counts: Sent) -> None:
    """Give a reply back to people. One that may have arrived stays unknown, or they could send it twice."""
    why += " Answer another way and record that."
    with suppress(Stale):
        if row["state"] == "unknown":
            _close(client, row, "unknown", why=why, after=10 * LATER)
            counts.unknown += 1
        else:
            _close(client, row, "failed", why=why)
            counts.failed += 1


def _one(client: Client, connector: Connector, connection: Any, row: Row, counts: Sent) -> None:
    """Bring one reply a step on."""
    reply = Reply(
        marker=row["marker"], text=row["text"], to=connectors.comment_of(row["to"]), attempts=row["attempts"]
    )
    try:
        if not isinstance(connector, Answering):
            _unsendable(client, row, "This source cannot be answered.", counts)
        elif row["state"] == "unknown" and (
            receipt := _looked_for(client, connector, connection, row, reply)
        ):
            counts.found += receipt is not _ABSENT
            counts.unknown += receipt is _ABSENT
        else:
            _leave(client, connector, connection, row, reply, counts)
    except Stale:
        return


_ABSENT = Receipt(key="")


def _looked_for(
    client: Client, connector: Answering, connection: Any, row: Row, reply: Reply
) -> Receipt | None:
    """Look for a reply that may have arrived; None where it is certain that it has not, and may be sent again."""
    settles = _settles(connector)
    attempted = datetime.fromisoformat(row["attempted_at"]).replace(tzinfo=UTC)
    since = (datetime.now(UTC) - attempted).total_seconds()
    try:
        found = connector.find_reply(connection, reply)
        receipt = _receipt(found) if found else None
    except TryAgain as error:
        _close(client, row, "unknown", why=str(error), after=max(error.after, LATER))
        return _ABSENT
    except Exception as error:
        why = f"It cannot be looked for: {_why(error)}"
        _close(client, row, "unknown", why=why, after=10 * LATER)
        return _ABSENT
    if receipt:
        _close(client, row, "sent", **receipt)
        return found
    if since < settles:
        _close(client, row, "unknown", why=row["why"], after=min(settles - since, 2 * LATER))
        return _ABSENT
    moved = client.post(f"/outbox/{row['marker']}/finish", {"version": row["version"], "state": "queued"})
    row |= moved
    return None


def _settles(connector: Answering) -> float:
    return float(getattr(connector, "settles", SETTLES))


def _leave(
    client: Client, connector: Answering, connection: Any, row: Row, reply: Reply, counts: Sent
) -> None:
    """Send a queued reply and write down what became of it."""
    gone = row["to"].get("deleted_at") is not None
    try:
        found = problems(connector.rules(reply.to), reply.text, reply.to, datetime.now(UTC), gone)
        why = " ".join(one.why for one in found)
    except Exception as error:
        why = _why(error)
    if why:
        _close(client, row, "failed", why=why)
        counts.failed += 1
        return
    row |= client.post(f"/outbox/{row['marker']}/begin", {"version": row["version"]})
    try:
        receipt = _receipt(connector.send(connection, reply))
    except TryAgain as error:
        _close(client, row, "queued", why=str(error), after=max(error.after, LATER))
        counts.waiting += 1
    except Unknown as error:
        _close(client, row, "unknown", why=str(error), after=SOON)
        counts.unknown += 1
    except TribuneError as error:
        _close(client, row, "failed", why=str(error))
        counts.failed += 1
    except Exception as error:
        # A fault of the connector's own says nothing of what left before it.
        _close(client, row, "unknown", why=_fault(error), after=LATER)
        counts.unknown += 1
    else:
        _close(client, row, "sent", **receipt)
        counts.sent += 1


def _receipt(receipt: Receipt) -> Row:
    at = receipt.at.astimezone(UTC).isoformat() if receipt.at else None
    return {"key": receipt.key, "url": receipt.url, "sent_at": at}


def _close(client: Client, row: Mapping[str, Any], state: str, **outcome: Any) -> None:
    value = {"version": row["version"], "state": state, **outcome}
    client.post(f"/outbox/{row['marker']}/finish", value)
