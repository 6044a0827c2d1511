"""The topics people choose from, named in their language, parents before their children."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from curation.actions import taxonomy
from dashboards import serving
from dashboards.plain import plain
from dashboards.speech import Speech


@st.cache_data(ttl=30, show_spinner=False)
def current() -> list[dict[str, Any]]:
    """Return the topics in use, as a taxonomy file has them; half a minute old at most."""
    found: list[dict[str, Any]] = taxonomy.current(serving.store(), serving.viewer())["topics"]
    return found


def topics(say: Speech) -> dict[str, str]:
    """Return id and short name of every topic in use."""
    return named(say, current())


def named(say: Speech, tables: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Return id and short name of topics as a taxonomy file has them."""
    return {table["id"]: plain(table["name"][say.language]) for table in tables}


def full_name(id: str, names: dict[str, str]) -> str:
    """Name a topic with its parent: Delivery › Late."""
    parent, dot, child = id.partition(".")
    return f"{names.get(parent, parent)} › {names.get(id, child)}" if dot else names.get(id, id)
