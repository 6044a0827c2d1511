"""A connector's settings as a form's fields: what each one is, its widget, and what was typed as a setting."""

import re
import types
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from datetime import date
from pathlib import Path
from textwrap import wrap
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import streamlit as st
from pydantic import TypeAdapter, ValidationError

from curation.config import is_secret
from curation.errors import Invalid
from dashboards.speech import Speech

Kind = Literal["text", "secret", "flag", "choice", "whole", "number", "day", "list", "table"]

ELSEWHERE = ("cron", "timezone", "paused", "expect_every", "name", "connector")
"""Keys of the source itself; the form asks for those it offers beside the connector's own."""

_PEM = re.compile(r"\s*(-----BEGIN [A-Z ]+-----)([A-Za-z0-9+/=\s]+)(-----END [A-Z ]+-----)\s*")


@dataclass(frozen=True, slots=True)
class Ask:
    """One setting to ask for. `options`: of a choice; None among them means that it is left out."""

    name: str
    kind: Kind
    hint: Any
    required: bool
    default: Any
    options: tuple[Any, ...] = ()


def asks(cls: type[Any]) -> list[Ask]:
    """Return what a connector wants to know, the required first."""
    hints = get_type_hints(cls)
    found = [_ask(one, hints[one.name]) for one in fields(cls) if one.init and one.name not in ELSEWHERE]
    return sorted(found, key=lambda one: not one.required)


def _ask(field: "Field[Any]", hint: Any) -> Ask:
    required = field.default is MISSING and field.default_factory is MISSING
    default = field.default if field.default is not MISSING else None
    if field.default_factory is not MISSING:
        default = field.default_factory()
    if is_secret(hint):
        return Ask(field.name, "secret", hint, required, None)
    inner = hint
    if get_origin(hint) in (Union, types.UnionType):
        others = [one for one in get_args(hint) if one is not type(None)]
        inner = others[0] if len(others) == 1 else str
    kinds: dict[Any, Kind] = {bool: "flag", int: "whole", float: "number", date: "day"}
    shapes: dict[Any, Kind] = {Literal: "choice", tuple: "list", list: "list", dict: "table"}
    kind = shapes.get(get_origin(inner)) or kinds.get(inner, "text")
    options = get_args(inner) if kind == "choice" else ()
    if kind == "flag" and inner is not hint:
        kind, options = "choice", (True, False)
    if kind == "choice" and inner is not hint:
        options = (None, *options)
    return Ask(field.name, kind, hint, required, default, options)


def widget(say: Speech, ask: Ask, key: str) -> Any:
    """Draw a setting's widget; return what is in it."""
    _ = say.text
    label = ask.name
    if ask.kind == "secret":
        return st.text_input(label, type="password", autocomplete="new-password", key=key)
    if ask.kind == "flag":
        return st.checkbox(label, value=bool(ask.default), key=key)
    if ask.kind == "choice":
        index = ask.options.index(ask.default) if ask.default in ask.options else 0
        words = {None: _("found out"), True: _("yes"), False: _("no")}
        return st.selectbox(
            label,
            ask.options,
            index,
            key=key,
            format_func=lambda one: words.get(one, str(one)),
        )
    if ask.kind == "whole":
        return st.number_input(label, value=ask.default, step=1, key=key)
    if ask.kind == "number":
        return st.number_input(label, value=ask.default, format="%g", key=key)
    if ask.kind == "day":
        order = "DD/MM/YYYY" if say.language == "fr" else "YYYY-MM-DD"
        return st.date_input(
            label, value=ask.default, min_value=date(1990, 1, 1), max_value="today", format=order, key=key
        )
    if ask.kind == "list":
        with_commas = _("{name} (commas between)").format(name=label)
        return st.text_input(with_commas, ", ".join(map(str, ask.default or ())), key=key)
    if ask.kind == "table":
        lines = "\n".join(f"{name} = {value}" for name, value in (ask.default or {}).items())
        return st.text_area(
            _("{name} (one `key = value` a line)").format(name=label), lines, height=90, key=key
        )
    return st.text_input(label, "" if ask.default is None else str(ask.default), key=key)


def settings(wanted: Iterable[Ask], typed: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return what was typed as settings and secrets, without what is empty or the default. Raises Invalid naming the field."""
    kept: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    for ask in wanted:
        value = typed.get(ask.name)
        if ask.kind == "secret":
            if value:
                secrets[ask.name] = whole(value)
            continue
        value = _value(ask, value)
        if value not in (None, "", [], {}) and value != _plain(ask.default):
            kept[ask.name] = value
    return kept, secrets


def lacking(wanted: Iterable[Ask], given: Mapping[str, Any]) -> list[str]:
    """Name the settings that must be given and are not."""
    return [ask.name for ask in wanted if ask.required and ask.kind != "flag" and ask.name not in given]


def whole(secret: str) -> str:
    """Give a key of several lines back the line ends that a field of one line took."""
    if not (found := _PEM.fullmatch(secret)):
        return secret
    return "\n".join((found[1], *wrap("".join(found[2].split()), 64), found[3])) + "\n"


def _value(ask: Ask, typed: Any) -> Any:
    value = typed.strip() if isinstance(typed, str) else typed
    if ask.kind == "list":
        value = [part.strip() for part in re.split(r"[,\n]", value or "") if part.strip()]
    elif ask.kind == "table":
        value = dict(_pair(ask.name, line) for line in (value or "").splitlines() if line.strip())
    if value in (None, "", [], {}):
        return None
    if ask.name == "path":
        return str(Path(value).expanduser().absolute())
    try:
        return _plain(TypeAdapter(ask.hint).validate_python(value))
    except ValidationError as error:
        why = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Invalid(f"{ask.name}: {why}.") from None


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _pair(name: str, line: str) -> tuple[str, str]:
    key, equals, value = line.partition("=")
    if not equals or not key.strip():
        raise Invalid(f"{name}: {line.strip()[:60]!r} is not of the form key = value.")
    return key.strip(), value.strip().strip('"')
