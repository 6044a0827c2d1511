"""Do what a person asked for, and say in words how it went."""

import time
from collections.abc import Callable
from typing import Any

import streamlit as st
from pydantic import ValidationError

from curation.errors import TribuneError
from dashboards.speech import Speech

TOLD, KEPT = "attempt_told", "attempt_kept"


def tried(do: Callable[[], Any]) -> str:
    """Do something; return why it did not work, nothing where it did."""
    try:
        do()
    except ValidationError as error:
        return str(error.errors()[0]["msg"]).removeprefix("Value error, ")
    except TribuneError as error:
        return str(error)
    return ""


def attempt(do: Callable[[], Any], done: str, typed: str = "") -> bool:
    """Do something when a button is pressed, and keep for the page how it went.

    `typed`: what would be lost where it did not, as the page goes on from what is there now.
    """
    why = tried(do)
    st.session_state[TOLD] = (why, done, typed)
    return not why


def well(done: str) -> None:
    """Keep for the page that something was done."""
    st.session_state[TOLD] = ("", done, "")


def told(say: Speech, stays: float = 0.0) -> None:
    """Say what came of the last thing done; for some seconds where the page draws itself anew in less than it takes to read."""
    said = st.session_state.pop(TOLD, None)
    if stays:
        if said:
            st.session_state[KEPT] = (time.monotonic() + stays, said)
        until, kept = st.session_state.get(KEPT, (0.0, None))
        said = kept if time.monotonic() < until else None
    if not said:
        return
    why, done, typed = said
    if not why:
        st.success(done)
        return
    failed(say, why)
    if typed.strip():
        st.text(say.text("What you wrote was not saved. Here it is, to be copied:"))
        st.code(typed, language=None, wrap_lines=True)


def failed(say: Speech, why: str) -> None:
    """Say that it did not work, so that a screen reader says it too, and why, as plain text."""
    st.error(say.text("This did not work"), icon=":material/error:")
    st.code(why, language=None, wrap_lines=True)
