"""Tell people what is wrong with a source, once, and when it is over: by mail, webhook or whatever Apprise can reach."""

import logging
from collections.abc import Sequence
from typing import Any

from curation.client import Client
from curation.config import Config, alert_addresses
from curation.errors import Refused

Row = dict[str, Any]


def watch(client: Client, config: Config) -> list[Row]:
    """Have the store look at its sources and tell what is new; return what was told.

    Raises Refused where an address did not take it. Where none did, it is told with the next watch; where some did, they
    are not told again.
    """
    news: list[Row] = client.post("/watch")
    addresses = alert_addresses(config)
    missed = _tell(news, addresses) if news and addresses else []
    if len(missed) < max(1, len(addresses)):
        client.post("/alerts/told", [one["id"] for one in news])
    _all_took(missed)
    return news


def _tell(news: Sequence[Row], addresses: Sequence[str]) -> list[str]:
    """Tell every address; return what went wrong with which, by its number: the address itself may hold a password."""
    # Imported here: it brings a hundred services along, and a quiet watch needs none.
    import apprise

    # What it logs quotes addresses, also to Prefect's console.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    worst = any(not one["cleared_at"] for one in news)
    missed = []
    for number, address in enumerate(addresses, 1):
        teller = apprise.Apprise()
        if not teller.add(address):
            missed.append(f"Alert address {number} is none that Apprise knows.")
        elif not teller.notify(
            title=title(news),
            body="\n\n".join(line(one) for one in news),
            notify_type=apprise.NotifyType.WARNING if worst else apprise.NotifyType.SUCCESS,
            body_format=apprise.NotifyFormat.TEXT,
        ):
            missed.append(f"Alert address {number} did not take it.")
    return missed


def _all_took(missed: Sequence[str]) -> None:
    if missed:
        raise Refused(f"{' '.join(missed)} Mend that, then try: tribune sources alerts --test")


def title(news: Sequence[Row]) -> str:
    """Return the line people see first."""
    names = sorted({one["source"] for one in news if not one["cleared_at"]})
    over = sorted({one["source"] for one in news if one["cleared_at"]})
    return (
        f"Tribune: {', '.join(names)} need{'s' if len(names) == 1 else ''} a look"
        if names
        else f"Tribune: {', '.join(over)} well again"
    )


def line(one: Row) -> str:
    """Say one thing in a paragraph; nothing of what customers wrote is in it."""
    return (
        f"{one['source']}: over: {one['why']}"
        if one["cleared_at"]
        else f"{one['source']} ({one['kind']}): {one['why']}"
    )


def try_out(config: Config) -> int:
    """Send a word to every alert address; return how many there are. Raises Refused."""
    addresses = alert_addresses(config)
    if addresses:
        why = "This is only a test: alerts arrive."
        _all_took(_tell([{"source": "test", "kind": "test", "why": why, "cleared_at": None}], addresses))
    return len(addresses)
