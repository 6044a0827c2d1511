"""What one can narrow the inbox to, and the texts about it. The component keeps the filters in the page's address."""

from collections.abc import Iterable
from typing import Any

from curation.models import HEADS, INTENTS, SENTIMENTS, STATUSES, URGENCIES
from dashboards.speech import Speech

SIGNS = {"negative": "−", "neutral": "○", "positive": "+"}


def fields(
    say: Speech,
    named: dict[str, dict[str, str]],
    sources: Iterable[str],
    topics: dict[str, str],
    languages: Iterable[str],
) -> list[dict[str, Any]]:
    """Return each filter with its values and what a person reads; a `closed` one has no other values.

    `named` is what `inbox.names` gives, `topics` full names by id.
    """
    _ = say.text

    def closed(
        name: str, label: str, add: str, values: Iterable[str], shown: dict[str, str]
    ) -> dict[str, Any]:
        options = [[value, shown[value]] for value in values]
        return {"name": name, "label": label, "add": add, "options": options, "closed": True}

    def free(name: str, label: str, add: str, options: dict[str, str]) -> dict[str, Any]:
        return {"name": name, "label": label, "add": add, "options": list(options.items())}

    signed = {value: f"{SIGNS[value]} {name}" for value, name in named["sentiments"].items()}
    return [
        closed("sentiment", _("Sentiment"), "", SENTIMENTS, signed),
        closed("urgency", _("Urgency"), "", reversed(URGENCIES), named["urgencies"]),
        closed("status", _("Status"), "", STATUSES, named["statuses"]),
        free("topic", _("Topic"), _("Choose a topic…"), topics),
        closed("intent", _("Intent"), _("Choose an intent…"), INTENTS, named["intents"]),
        free("source", _("Source"), _("Choose a source…"), {name: name for name in sources}),
        free(
            "language",
            _("Language"),
            _("Choose a language…"),
            {code: say.language_name(code) for code in languages},
        ),
        closed("unsure", _("Unsure"), "", HEADS, named["heads"]),
    ]


def texts(say: Speech) -> dict[str, Any]:
    """Every text about search and filters. `{…}` is filled in by the component."""
    _ = say.text
    return {
        "filters": _("Filters"),
        "search_hint": _('Search: late refund, "exact words", refun*, -without, author:smith'),
        "drop": _("Remove the filter {filter}"),
        "since_day": _("from {day}"),
        "until_day": _("until {day}"),
        "one_person": _("one person"),
        "with_deleted": _("with deleted ones"),
        "from": _("From"),
        "until_day_field": _("Until"),
        "also_deleted": _("Also those deleted at the source"),
        "clear_filters": _("Clear all filters"),
        "not_listed": _("This did not work"),
        "nothing_fits": [
            _("Nothing fits these filters"),
            _("Remove one of them, or search for other words."),
        ],
        "nothing_yet": [_("No comments yet"), _("Add a source and pull it: its comments appear here.")],
    }
