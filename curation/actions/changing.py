"""Change a reply that was sent, or take it away, where its channel allows it."""

from typing import Any

from curation.actions import answering, needs
from curation.connectors import Changing
from curation.errors import Invalid, TribuneError
from curation.models import Who
from curation.store import Store, changing, comments, replies

Row = dict[str, Any]


@needs("send")
def change(store: Store, who: Who, marker: str, version: int, text: str | None) -> Row:
    """Have a reply read `text` on its channel, or with None be gone there; return it as it stands until that is done.

    A new text that needs approval is refused: it has to be another answer. Raises NotFound, Invalid, Stale.
    """
    row = replies.get(store, marker)
    if not isinstance(answering.connector_of(store, row["source"]), Changing):
        raise Invalid(f"{row['source']} does not let a reply be changed from here. Send another one.")
    if text is not None:
        answering.sendable(store, row["comment_id"], text)
        if (need := answering.need_of(store, who.name, row["comment_id"])).approvals:
            raise Invalid(f"A new text needs {need.why}. Take this one away, or write another answer.")
    return changing.ask(store, who.name, marker, version, text)


def changeable(store: Store, source: str) -> bool:
    """Tell whether a source's channel lets a sent reply be changed."""
    try:
        return isinstance(answering.connector_of(store, source), Changing)
    except TribuneError:
        return False


@needs("feed")
def due(store: Store, who: Who, source: str | None = None) -> list[Row]:
    """Return the changes that are to be made, each with the comment `to` that its reply answers."""
    return [{**row, "to": comments.answered(store, row["comment_id"])} for row in changing.due(store, source)]


@needs("feed")
def finish(
    store: Store, who: Who, id: int, version: int, state: str, why: str | None = None, after: float = 0.0
) -> Row:
    """Write down what became of a change; see `store.changing.finish`."""
    return changing.finish(store, who.name, id, version, state, why, after)
