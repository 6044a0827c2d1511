"""Turn a row into a comment by a plan made once for all rows with the same columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from curation.connectors.tables import dates
from curation.connectors.tables.columns import (
    FIELDS,
    Found,
    as_language,
    as_rating,
    as_role,
    as_text,
    by_names,
)
from curation.connectors.tables.sniff import Shape
from curation.errors import BadRecord
from curation.models import Comment


def hints_for(
    shape: Shape, found: Mapping[str, Found], chosen: Mapping[str, str], sample: Sequence[Mapping[str, Any]], seen: int
) -> dict[str, Any]:  # fmt: skip
    """Say what a row's own column names do not tell: it goes into each payload, so that a replay needs no file.

    Fields to columns, where the values decided, or all there are (`complete`) where the rows of one file differ
    in their columns; `day_first`, where the dates show it; `seen` (the file's time, seconds since 1970), where there are none.
    """
    if shape.format in ("json", "jsonl"):
        hints: dict[str, Any] = {field: column for field, (column, _) in found.items() if column}
        hints["complete"] = True
    else:
        named = by_names(shape.columns, chosen)
        hints = {field: column for field, (column, _) in found.items() if named[field].column != column}
    dated = found["created_at"].column
    if dated is None:
        return {**hints, "seen": seen}
    day_first, _ = dates.day_order(as_text(row.get(dated)) for row in sample)
    return hints if day_first is None else {**hints, "day_first": day_first}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The column of each field (None: no column), those left over, and how to read a date.

    `seen` dates the rows of a table without a date column.
    """

    columns: Mapping[str, Any]
    rest: tuple[str, ...]
    read_date: Callable[[str], datetime]
    seen: datetime | None

    @classmethod
    def make(
        cls, columns: Sequence[str], hints: Mapping[str, Any], chosen: Mapping[str, str],
        *, date_format: str | None, day_first: bool | None, timezone: str,
    ) -> "Plan":  # fmt: skip
        """Plan for rows with these columns: the settings decide, then what the pull found out, then the names."""
        known = FIELDS if "complete" in hints else [field for field in FIELDS if field in hints]
        hinted = {field: hints.get(field) or "" for field in known}
        found = {field: column for field, (column, _) in by_names(columns, {**hinted, **chosen}).items()}
        if found["text"] is None:
            named = chosen.get("text") or hinted.get("text")
            missing = f"no column {named!r}" if named else "no column that looks like text"
            raise BadRecord(f"there is {missing}. The columns are: {', '.join(columns)}")
        if day_first is None:
            day_first = hints.get("day_first", True)
        return cls(
            columns=found,
            rest=tuple(column for column in columns if column not in found.values()),
            read_date=dates.reader(date_format, day_first, UTC if timezone == "UTC" else ZoneInfo(timezone)),
            seen=datetime.fromtimestamp(hints["seen"], UTC) if "seen" in hints else None,
        )

    def comment(self, key: str, row: Mapping[str, Any]) -> Comment:
        """Map one row. Raises BadRecord when the text is empty or the date cannot be read."""
        cell, columns = row.get, self.columns
        text = as_text(cell(columns["text"]))
        if not text or text.isspace():
            raise BadRecord(f"the text column {columns['text']!r} is empty")
        attributes = {name: value for name in self.rest if (value := row[name]) not in ("", None)}
        author, author_key = _said(cell(columns["author"])), _said(cell(columns["author_key"]))
        rating = self._understood("rating", as_rating, row, attributes)
        language = self._understood("language", as_language, row, attributes)
        role = self._understood("role", as_role, row, attributes)
        reply_to = _said(cell(columns["reply_to"]))
        return Comment(
            key=key,
            text=text,
            created_at=self._date(row),
            author=author or author_key,
            author_key=author_key or author,
            title=_said(cell(columns["title"])),
            thread=_said(cell(columns["thread"])) or reply_to,
            reply_to=reply_to,
            url=_said(cell(columns["url"])),
            language=language,
            rating=rating,
            role=role or "customer",
            attributes=attributes,
        )

    def _date(self, row: Mapping[str, Any]) -> datetime:
        column = self.columns["created_at"]
        if column is None:
            if self.seen is None:
                raise BadRecord(
                    "there is no date column, and the file's own date was not kept. Pull it again"
                )
            return self.seen
        value = as_text(row[column]).strip()
        if not value:
            raise BadRecord(f"the date column {column!r} is empty")
        try:
            return self.read_date(value)
        except (ValueError, OverflowError):
            raise BadRecord(
                f"the date column {column!r} holds no date that can be read: {value[:80]!r}"
            ) from None

    def _understood(
        self, field: str, read: Callable[[str], Any], row: Mapping[str, Any], attributes: dict[str, Any]
    ) -> Any:
        """Read a rating, a language or a role; a value that is none stays as an attribute."""
        column = self.columns[field]
        if column is None or not (value := as_text(row[column])):
            return None
        if (understood := read(value)) is None:
            attributes[column] = row[column]
        return understood


def _said(value: Any) -> str | None:
    if value is None:
        return None
    return (value if type(value) is str else as_text(value)).strip() or None
