"""Write drafts, with canned replies at hand."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from string import Formatter
from typing import Any

from curation.actions import answering, needs
from curation.actions.changing import changeable
from curation.actions.replies import new_marker
from curation.actions.taxonomy import active
from curation.errors import Invalid
from curation.models import Who
from curation.store import Store, awareness, canned, changing, comments, drafts, replies
from curation.store.awareness import Known

Row = dict[str, Any]

KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
LANGUAGE = re.compile("[a-z]{2,3}")
VARIABLES = ("author", "order", "member", "source")


@needs("draft")
def opened(store: Store, who: Who, comment: int) -> Row:
    """Return what a writer needs to go on: the `draft` (None: none yet), what `others` write, and the thread's `digest`.

    `obstacles` says why it cannot be sent as things are; `needs` how many approvals, and `because` of which `rules`. `replies`: those
    of the thread, `changeable` on their channel or not, and what `changes` of them are not done. `model`: the name of the one that
    suggests answers when asked, None where there is none. `who` asks and what they `may`; `at`: the time now (UTC), for clocks that go wrong.
    """
    row = comments.get(store, comment)
    draft = drafts.mine(store, who.name, comment)
    need = answering.need_of(store, who.name, comment)
    con = store.read()
    return {
        "draft": draft,
        "others": awareness.others(con, comment, [who.name]),
        "digest": awareness.digest(con, comment),
        "obstacles": answering.obstacles(store, comment, draft["text"] if draft else ""),
        "needs": need.approvals,
        "because": need.why,
        "rules": [rule.model_dump(exclude={"approvals"}, exclude_none=True) for rule in need.rules],
        "replies": replies.listed(store, comment),
        "changeable": changeable(store, row["source"]),
        "changes": changing.of_thread(store, comment),
        "model": answering.model_of(store),
        "who": who.name,
        "may": sorted(who.permissions),
        "at": datetime.now(UTC),
    }


@needs("draft")
def save(
    store: Store,
    who: Who,
    comment: int,
    text: str,
    version: int,
    known: Known | None = None,
    suggestion: str | None = None,
) -> Row:
    """Save one's draft as it was at `version`, 0 for a new one; see `store.drafts.save`. Raises Invalid where it is too long."""
    answering.bounded(suggestion or "")
    text = answering.bounded(text)
    return drafts.save(store, who.name, comment, new_marker(), text, version, known or {}, suggestion)


@needs("draft")
def texts(store: Store, who: Who, comment: int, limit: int = 100) -> list[Row]:
    """Return every text one wrote in answer to a comment, newest first."""
    return awareness.texts(store, comment, who.name, limit)


@needs("draft")
def canned_replies(
    store: Store, who: Who, language: str | None = None, topic: str | None = None
) -> list[Row]:
    """List canned replies by language and topic, the most used first."""
    return canned.listed(store, language, topic)


@needs("curate")
def save_canned(
    store: Store, who: Who, key: str, language: str, text: str, topic: str = "", version: int = 0
) -> Row:
    """Save a canned reply as it was seen at `version`, 0 for a new one. Raises Invalid for a variable there is not, and Stale."""
    if not KEY.fullmatch(key):
        raise Invalid(f"The key of a canned reply has only a-z, 0-9, '-' and '_', not {key[:60]!r}.")
    if not LANGUAGE.fullmatch(language):
        raise Invalid(f"A language is a code such as 'fr', not {language[:20]!r}.")
    if topic and topic not in (known := active(store)):
        raise Invalid(f"There is no topic {topic[:100]!r}. There are: {', '.join(known)}.")
    parts(answering.said(text))
    return canned.save(store, who.name, key, language, topic, text, version)


@needs("curate")
def delete_canned(store: Store, who: Who, key: str, language: str, version: int) -> None:
    """Delete a canned reply as it was seen at `version`. Raises NotFound, Stale."""
    canned.delete(store, who.name, key, language, version)


@needs("draft")
def use_canned(store: Store, who: Who, key: str, comment: int, language: str | None = None) -> Row:
    """Fill in a canned reply for a comment and count its use: its `text`, and the variables that are `missing`.

    `language`: by default the comment's own. What is missing stands in the text as {order}, for its writer. Raises NotFound.
    """
    row = comments.opened(store, comment)
    return _fill(who, row, canned.use(store, who.name, key, language or row["language"] or "und", comment))


@needs("draft")
def try_canned(store: Store, who: Who, text: str, comment: int) -> Row:
    """Fill in a text for a comment as `use_canned` would; nothing is kept or counted. Raises NotFound, Invalid."""
    return _fill(who, comments.opened(store, comment), answering.bounded(text))


def _fill(who: Who, row: Row, text: str) -> Row:
    orders = (tag["value"] for tag in row["tags"] if tag["name"] == "entity")
    order = next((value.partition(":")[2] for value in orders if value.startswith("order:")), None)
    values = {"author": row["author"], "order": order, "member": who.name, "source": row["source"]}
    missing = [name for _, name in parts(text) if name and not values[name]]
    return {"text": filled(text, values), "missing": missing}


def parts(text: str) -> list[tuple[str, str | None]]:
    """Cut a canned reply into pieces, each followed by the variable named there. Raises Invalid, naming what is wrong.

    The variables are {author}, {order}, {member} and {source}; {{ and }} are braces.
    """
    listed = ", ".join(f"{{{name}}}" for name in VARIABLES)
    try:
        found = [(piece, name, spec, how) for piece, name, spec, how in Formatter().parse(text)]
    except ValueError as error:
        raise Invalid(f"A brace stands alone ({error}). Write {{{{ or }}}} where you mean a brace.") from None
    for _, name, spec, how in found:
        if name is not None and (name not in VARIABLES or spec or how):
            raise Invalid(f"There is no variable {{{name[:40]}}}. There are: {listed}.")
    return [(piece, name) for piece, name, _, _ in found]


def filled(text: str, values: Mapping[str, str | None]) -> str:
    """Put values in the place of variables; a value is never read as a variable itself."""
    return "".join(
        piece + ("" if name is None else values[name] or f"{{{name}}}") for piece, name in parts(text)
    )
