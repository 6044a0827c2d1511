"""Write down what lets a quote be published, and that it was withdrawn."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from curation import publishing
from curation.actions import answering, needs
from curation.actions.collecting import LONGEST_WORDS, standing, today
from curation.errors import ConfigError, Invalid, NotFound
from curation.models import Who
from curation.publishing import clearing, entries
from curation.store import Store, clearances, collecting

Row = dict[str, Any]


class Clearance(BaseModel):
    """Why a quote may be published. `words`: exactly those agreed to. `person`: who said them, as may be shown: by `name`, as `initials`,
    or as `nobody`. `how`: the text of the consent or a link to it; of a quotation, why it is quoted. `linked`: with the comment's
    address. `until`: its last day."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    kind: Literal["consent", "quotation"]
    words: str = Field(max_length=LONGEST_WORDS)
    how: str = Field(min_length=1, max_length=10_000)
    uses: list[Literal["site", "feed", "print"]] = Field(min_length=1, max_length=3)
    person: str = Field(default="", max_length=200)
    shown: Literal["name", "initials", "nobody"] = "name"
    linked: bool = False
    given_on: date
    until: date | None = None


@needs("curate")
def clear(store: Store, who: Who, id: int, given: Clearance, version: int) -> Row:
    """Write down why a quote may be published, as it was seen at `version`; return it. Raises NotFound, Invalid, Stale."""
    [quote] = standing(store, [collecting.quote_in(store.read(), id)])
    if given.words != quote["text"]:
        raise Invalid(
            "These are not the quote's words. "
            + (publishing.differences(quote["text"], given.words) or "White space differs.")
        )
    if given.given_on > today():
        raise Invalid("It was given on a day that has not come yet.")
    if given.until is not None and given.until < given.given_on:
        raise Invalid("It ends before it was given.")
    person = given.person or quote["author"] or ""
    if given.shown != "nobody" and not person:
        raise Invalid("Say the name of who said it, or show nobody.")
    linked = given.linked or given.kind == "quotation"
    if linked:
        _linkable(store, quote, given)
    if given.kind == "quotation":
        _quotable(quote, given)
    kept = {**given.model_dump(), "person": person, "linked": linked, "comment_state": quote["state"]}
    clearances.clear(store, who.name, id, kept, version)
    return standing(store, [collecting.quote_in(store.read(), id)])[0]


def _linkable(store: Store, quote: Row, given: Clearance) -> None:
    """Raise Invalid where nobody could follow a link to a quote's comment, or where it would tell a name that is not to be shown."""
    if not entries.link(quote["url"]):
        raise Invalid("This comment has no address that could be linked.")
    if given.shown != "name":
        raise Invalid("A link to the comment tells whose it is. Show the name, or leave the link out.")
    if _private(store, quote["comment_id"]):
        raise Invalid(
            f"Only the team can read {quote['source']!r}: a link would lead nowhere. Ask for consent, without a link."
        )


def _private(store: Store, comment: int) -> bool:
    """Whether not everybody can read a comment's channel; one that takes no answers does not say, one that is gone cannot."""
    try:
        return not answering.rules_of(store, comment)[0].public
    except Invalid:
        return False
    except (NotFound, ConfigError):
        return True


def _quotable(quote: Row, given: Clearance) -> None:
    """Raise Invalid where a quote cannot stand as a quotation beside the link to it: for print, or not as its author left it."""
    if "print" in given.uses:
        raise Invalid("A quotation is for site and feed, beside the link to it. For print, ask for consent.")
    if clearing.STATES.index(quote["state"]) > clearing.STATES.index("edited"):
        raise Invalid(
            "Its author has changed or deleted this since. Ask for consent, or quote what stands there now."
        )


@needs("curate")
def withdraw(store: Store, who: Who, id: int, why: str) -> None:
    """Write down that what clears a quote was withdrawn: no next publication of any collection has it. Raises NotFound, Invalid."""
    if not why.strip() or len(why) > LONGEST_WORDS:
        raise Invalid("Say in a few words who withdrew it and how.")
    clearances.withdraw(store, who.name, id, why.strip())
