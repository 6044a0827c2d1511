"""Charts of shares with their intervals. What they show is always beside them as a table, too."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
from babel import dates

ACCENT, SECOND = "#0f766e", "#b4470a"
"""Told apart in light and dark, and by every common kind of colour vision."""


def intervals(rows: Sequence[dict[str, Any]], kinds: Sequence[str]) -> alt.LayerChart:
    """Draw a point with its 95 % interval for each row: `label`, `kind`, `share`, `low`, `high` (0 to 1)."""
    base = alt.Chart(alt.Data(values=list(rows))).encode(
        y=alt.Y("label:N", title=None, sort=None, axis=alt.Axis(labelLimit=170)),
        yOffset=alt.YOffset("kind:N", sort=list(kinds)),
        color=alt.Color(
            "kind:N",
            title=None,
            sort=list(kinds),
            scale=alt.Scale(domain=list(kinds), range=[ACCENT, SECOND]),
            legend=alt.Legend(orient="top", direction="vertical"),
        ),
        tooltip=["label:N", "kind:N", alt.Tooltip("share:Q", format=".0%")],
    )
    share = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format="%")
    lines = base.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", title=None, scale=share, axis=axis), x2="high:Q"
    )
    points = base.mark_point(filled=True, size=70).encode(x=alt.X("share:Q", scale=share))
    return alt.layer(lines, points).properties(height=alt.Step(18))


def over_time(language: str, rows: Sequence[dict[str, Any]], title: str) -> alt.Chart:
    """Draw a line for each `kind` over `day`, of `share` (0 to 1), the days written as `language` does."""
    months = list(dates.get_month_names("abbreviated", "format", language).values())
    written = f"date(datum.value) + ' ' + {json.dumps(months)}[month(datum.value)]"
    return (
        alt.Chart(alt.Data(values=list(rows)))
        .mark_line(point=True)
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(labelExpr=written)),
            y=alt.Y("share:Q", title=title, axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("kind:N", title=None, legend=alt.Legend(orient="top", labelLimit=300)),
            tooltip=["kind:N", alt.Tooltip("day:T", format="%Y-%m-%d"), alt.Tooltip("share:Q", format=".0%")],
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


SENTIMENTS = {"negative": "#d55e00", "neutral": "#8a9692", "positive": "#0072b2", "none": "#c9cfcc"}
"""Okabe and Ito's, told apart in light and dark and by every common kind of colour vision."""
MARK = "#14a08f"


def crisis(
    language: str,
    step: str,
    counts: Sequence[dict[str, Any]],
    kinds: Mapping[str, str],
    sent: Sequence[dict[str, Any]],
    marks: Sequence[dict[str, Any]],
    title: str,
    answers: str,
) -> alt.LayerChart:
    """Draw a crisis: `comments` of each `kind` over time (`at`, by `step`), `answers` sent as points, a line where `what` was done.

    `kinds`: the sentiments there are, with their names.
    """
    pattern = ("%d/%m" if language == "fr" else "%-d %b") + (" %H:%M" if step == "hour" else "")
    time = alt.X("at:T", title=None, axis=alt.Axis(format=pattern, labelOverlap=True))
    when = alt.Tooltip("at:T", format=pattern)
    unit: Any = "yearmonthdatehours" if step == "hour" else "yearmonthdate"
    colours = [SENTIMENTS[sentiment] for sentiment in kinds]
    bars = (
        alt.Chart(alt.Data(values=list(counts)))
        .mark_bar()
        .encode(
            x=time.copy().timeUnit(unit),
            y=alt.Y("sum(comments):Q", title=title),
            color=alt.Color(
                "kind:N",
                title=None,
                scale=alt.Scale(domain=list(kinds.values()), range=colours),
                legend=alt.Legend(orient="top", columns=2),
            ),
            tooltip=[when, "kind:N", "comments:Q"],
        )
    )
    lines = (
        alt.Chart(alt.Data(values=list(marks)))
        .mark_rule(color=MARK, strokeWidth=2, strokeDash=[4, 3])
        .encode(x=time, tooltip=[when, "what:N"])
    )
    points = (
        alt.Chart(alt.Data(values=list(sent)))
        .mark_point(color=MARK, filled=True, size=70)
        .encode(
            x=time, y=alt.Y("answers:Q", title=title), tooltip=[when, alt.Tooltip("answers:Q", title=answers)]
        )
    )
    return alt.layer(bars, points, lines).properties(height=260)
