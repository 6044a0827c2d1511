"""What needs the person who looks, on every page: a badge with its list, which the browser keeps fresh, and the choice of letters."""

from typing import Any

from curation.api import page_token
from curation.models import Who
from dashboards import assets
from dashboards.speech import LANGUAGES, Speech

_draw = assets.component("needs")


def needs(say: Speech, who: Who) -> None:
    """Draw the badge."""
    data = {"token": page_token(who), "language": say.language, "languages": LANGUAGES, "texts": texts(say)}
    _draw(key="needs", data=data, on_renew_change=lambda: None)


def texts(say: Speech) -> dict[str, Any]:
    """Every text of the badge and its list. `{…}` is filled in there."""
    _ = say.text
    return {
        "needs": _("Needs you"),
        "new": say.forms("{n} new", "{n} new"),
        "nothing": _("Nothing needs you at the moment."),
        "kinds": {
            "mention": _("{by} mentions you in a note"),
            "review": _("{by} asks you to review a reply"),
            "changes": _("Changes to your reply are asked for"),
            "approved": _("Your reply is approved; send it"),
            "failed": _("Your reply could not be sent"),
            "unknown": _("Nobody knows whether your reply arrived"),
            "claim": _("Your claim on this conversation ends soon"),
            "assigned": _("A conversation is assigned to you"),
        },
        "done": _("Seen"),
        "close": _("Close"),
        "offline": _("The dashboard does not answer. It may have been stopped, or is restarting."),
        "problems": {"401": _("This page is too old. Reload it.")},
        "mail": _("By mail"),
        "ways": {"off": _("Never"), "once": _("At once"), "daily": _("Once a day")},
        "how_often": _("How often"),
        "address": _("Mail address"),
        "language": _("Language"),
        "save": _("Save"),
        "saved": _("Saved"),
        "no_server": _("No mail server is configured: it is [notices] in tribune.toml."),
    }
