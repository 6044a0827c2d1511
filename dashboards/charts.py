"""Charts of shares with their intervals. What they show is always beside them as a table, too."""

from collections.abc import Sequence
from typing import Any

import altair as alt

ACCENT, SECOND = "#0f766e", "#b4470a"
"""Told apart in light and dark, and by every common kind of colour vision."""


def intervals(rows: Sequence[dict[str, Any]], kinds: Sequence[str], title: str) -> alt.LayerChart:
    """Draw a point with its 95 % interval for each row: `label`, `kind`, `share`, `low`, `high` (0 to 1)."""
    base = alt.Chart(alt.Data(values=list(rows))).encode(
        y=alt.Y("label:N", title=None, sort=None, axis=alt.Axis(labelLimit=220)),
        yOffset=alt.YOffset("kind:N", sort=list(kinds)),
        color=alt.Color(
            "kind:N",
            title=None,
            sort=list(kinds),
            scale=alt.Scale(domain=list(kinds), range=[ACCENT, SECOND]),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=["label:N", "kind:N", alt.Tooltip("share:Q", format=".0%")],
    )
    share = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format="%")
    lines = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title=title, scale=share, axis=axis), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=70).encode(x=alt.X("share:Q", scale=share))
    return alt.layer(lines, points).properties(height=alt.Step(18))


def over_time(rows: Sequence[dict[str, Any]], title: str) -> alt.Chart:
    """Draw a line for each `kind` over `day`, of `share` (0 to 1)."""
    return (
        alt.Chart(alt.Data(values=list(rows)))
        .mark_line(point=True)
        .encode(
            x=alt.X("day:T", title=None),
            y=alt.Y("share:Q", title=title, axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("kind:N", title=None, legend=alt.Legend(orient="top")),
            tooltip=["kind:N", alt.Tooltip("day:T"), alt.Tooltip("share:Q", format=".0%")],
        )
        .properties(height=240)
    )


def bars(values: Sequence[int]) -> alt.Chart:
    """Draw how a number went, a bar for each step, without axes."""
    rows = [{"step": step, "value": value} for step, value in enumerate(values)]
    return (
        alt.Chart(alt.Data(values=rows))
        .mark_bar(color=ACCENT)
        .encode(x=alt.X("step:O", axis=None), y=alt.Y("value:Q", axis=None), tooltip=[alt.Tooltip("value:Q")])
        .properties(height=48)
        .configure_view(strokeWidth=0)
    )
