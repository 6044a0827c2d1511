"""What the running app serves: set once by the lifespan, read by the pages."""

import streamlit as st

from curation.actions import members
from curation.api import Served
from curation.config import Config
from curation.errors import TribuneError
from curation.models import LOCAL, Who
from curation.store import Store

failure: TribuneError | None = None
"""What kept the app from starting."""

_held: list[tuple[Served, Config]] = []


def hold(served: Served, config: Config) -> None:
    """Let the pages of this process work on `served`."""
    _held[:] = [(served, config)]


def release() -> None:
    """Take it away again, before the store closes."""
    _held.clear()


def leave() -> None:
    """Let those who wait for changes wait no more: the app is to stop."""
    if _held:
        store().leaving.set()


def store() -> Store:
    """The open store. Raises RuntimeError outside a running app."""
    return served().store


def served() -> Served:
    """The open store with its index and token. Raises RuntimeError outside a running app."""
    if not _held:
        raise RuntimeError(
            "No store is open: start the dashboard with `tribune up` or `python -m dashboards`."
        )
    return _held[0][0]


def config() -> Config:
    """The configuration the app was started with; sources and schedules are read anew by `actions.sources`."""
    if not _held:
        raise RuntimeError(
            "No store is open: start the dashboard with `tribune up` or `python -m dashboards`."
        )
    return _held[0][1]


def viewer() -> Who:
    """Who looks at the page, and what they may do as of now; on one's own machine the single local member. Raises NotAdmitted."""
    sign_in = config().sign_in
    return LOCAL if sign_in is None else members.admitted(store(), sign_in, st.user.to_dict())
