"""What may be published, of which quotes, under which name, and what stands in the way.

Two things clear a quote. *Consent*: the customer agreed to exactly these words, to the uses named, under the name chosen, until
a day or for good; that makes it a testimonial. *Quotation*: a member decided, with a reason, to quote what its author made public
– short, as it was said, with author and link, as the right of quotation asks (Berne Convention, art. 10; in France, Code de la
propriété intellectuelle, art. L. 122-5, 3° a). It is for discussion, not for praise in print, so it never covers print.

Words and consent belong together: other words, or a comment that its author has since deleted or rewritten, need a new clearance.
"""

from collections.abc import Mapping
from datetime import date
from hashlib import md5
from typing import Any

Row = Mapping[str, Any]

KINDS = ("consent", "quotation")
USES = ("site", "feed", "print")
SHOWN = ("name", "initials", "nobody")
STATES = ("as_quoted", "edited", "reworded", "deleted")
"""What became of a comment since: nothing; edited, with the words still there; the words are gone; all of it is."""


def digest(text: str) -> str:
    """Return what stands for a text, to tell whether it is the same."""
    return md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def comment_state(quote: Row, comment: Row | None) -> str:
    """Say what became of a quote's comment since it was quoted: one of STATES."""
    if comment is None or comment["deleted_at"] is not None:
        return "deleted"
    if digest(comment["text"]) == quote["whole"]:
        return "as_quoted"
    return "edited" if quote["text"] in comment["text"] else "reworded"


def obstacle(quote: Row, use: str, today: date) -> str | None:
    """Say why a quote may not be published for `use` on a day, None where it may.

    `none`: nothing clears it. `withdrawn`. `ended`. `words`: they are others than those cleared. `reworded`, `deleted`: by its author,
    since it was cleared. `use`: cleared for others only.
    """
    clearance = quote["clearance"]
    if clearance is None:
        return "none"
    if clearance["withdrawn_at"] is not None:
        return "withdrawn"
    if clearance["until"] is not None and clearance["until"] < today:
        return "ended"
    if clearance["words"] != quote["text"]:
        return "words"
    if STATES.index(quote["state"]) > max(STATES.index("edited"), STATES.index(clearance["comment_state"])):
        return str(quote["state"])
    return None if use in clearance["uses"] else "use"


def with_clearance(quote: Row, today: date) -> dict[str, Any]:
    """Return a quote with `uses`, those it may be published for today, and `obstacles`, by use."""
    found = {use: obstacle(quote, use, today) for use in USES}
    return {
        **quote,
        "uses": [use for use, why in found.items() if why is None],
        "obstacles": {use: why for use, why in found.items() if why is not None},
        "testimonial": None in found.values() and quote["clearance"]["kind"] == "consent",
    }


def called(clearance: Row) -> str:
    """Return the name its author agreed to be shown under: whole, as initials, or empty for nobody."""
    name: str = clearance["person"]
    if clearance["shown"] == "initials":
        return " ".join(f"{part[0].upper()}." for part in name.replace("-", " ").split() if part[0].isalnum())
    return name if clearance["shown"] == "name" else ""
