"""A text, and what it changed of an earlier one; the browser draws both as text alone."""

from dashboards import assets

_draw = assets.component("difference")


def draw(before: str | None, now: str, label: str, key: str) -> None:
    """Draw `now` and, unless `before` is None, what differs from that; `label` says what it is."""
    _draw(key=key, data={"label": label, "before": before, "now": now})
