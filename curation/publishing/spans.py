"""Where quoted words stand in a comment, exactly; or what differs."""

import re
from difflib import SequenceMatcher
from typing import NamedTuple

from curation.errors import Invalid

MOST_DIFFERENCES = 5
COMPARED = 1_000
"""Words of a comment that are compared with those given, at most."""

_TOKEN = re.compile(r"\S+")


class Found(NamedTuple):
    """A span of a text, in code points, and its words."""

    starts: int
    ends: int
    words: str


def locate(text: str, words: str, starts: int | None = None) -> Found:
    """Find `words` in `text`, letter by letter; only white space may differ, and then the text's own is taken.

    `starts` says which place is meant where they stand there more than once. Raises Invalid, listing what differs.
    """
    wanted = words.split()
    if not wanted:
        raise Invalid("There are no words to quote.")
    pattern = re.compile(r"\s+".join(map(re.escape, wanted)))
    places = [Found(*found.span(), found[0]) for found in pattern.finditer(text)]
    if starts is not None:
        found = pattern.match(text, starts)
        if not found:
            raise Invalid(
                f"These words do not stand at character {starts}. They stand at: {_listed(places)}."
            )
        return Found(*found.span(), found[0])
    if not places:
        raise Invalid(f"The comment does not say this. {differences(text, words)}")
    if len(places) > 1:
        raise Invalid(
            f"These words stand in the comment {len(places)} times, at characters {_listed(places)}. Take more words around them, "
            "or say which with `starts`."
        )
    return places[0]


def _listed(places: list[Found]) -> str:
    return ", ".join(str(place.starts) for place in places[:10]) or "no place"


def differences(text: str, words: str) -> str:
    """Say how words differ from the part of a text most like them; nothing where only white space does."""
    there, given = _TOKEN.findall(text)[:COMPARED], _TOKEN.findall(words)[: COMPARED // 5]
    blocks = [
        block for block in SequenceMatcher(None, there, given, False).get_matching_blocks() if block.size
    ]
    if not blocks:
        return "Not one word of it stands there."
    first, last = blocks[0], blocks[-1]
    near = there[max(0, first.a - first.b) : last.a + last.size + len(given) - last.b - last.size]
    changes = [
        (" ".join(near[a:b]), " ".join(given[c:d]))
        for kind, a, b, c, d in SequenceMatcher(None, near, given, False).get_opcodes()
        if kind != "equal"
    ]
    if not changes:
        return ""
    shown = "; ".join(_change(*change) for change in changes[:MOST_DIFFERENCES])
    more = len(changes) - MOST_DIFFERENCES
    return f"What differs: {shown}{f'; and {more} more' if more > 0 else ''}."


def _change(there: str, given: str) -> str:
    there, given = there[:80], given[:80]
    if not there:
        return f"“{given}” is not there"
    return f"“{there}” was left out" if not given else f"“{there}” is there, not “{given}”"
