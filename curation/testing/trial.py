"""One connector against its stand-in: what every test of the contract begins with."""

# ruff: noqa: S101 - assertions are what a test suite says.

import base64
import importlib
import logging
import math
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from pydantic import SecretStr

from curation import connectors
from curation.connectors.http import patient
from curation.errors import NoSuchConnector, TribuneError
from curation.testing.running import Kept, pull
from curation.testing.serving import Fault, Site, StandIn, serve

COMMENTS = 60
FEW = 6
_LOWERED: dict[type[Any], bool] = {}
"""Of each kind of stand-in: whether its pages follow its `page` when that is lowered."""
PATIENCE = 0.2
"""Seconds a call waits in all: what has to wait longer is left to the next pull, at once."""
STEP = timedelta(minutes=1)


def hidden(secrets: Iterable[str], *shown: str) -> None:
    """Assert that no secret stands in a text, plain or as base64 writes it."""
    for secret in secrets:
        coded = base64.b64encode(secret.encode()).decode().rstrip("=")
        for text in shown:
            assert secret not in text and coded not in text, f"the secret {secret!r} is shown: {text[:2_000]}"


def told(error: BaseException) -> str:
    """Return all that a log would show of an error."""
    return "\n".join([str(error), repr(error), *traceback.format_exception(error)])


def found(name: Any) -> type[Any]:
    """Return the connector class called `name` (or handed in): installed, or one of ours that is not registered yet."""
    if isinstance(name, type):
        return name
    try:
        return connectors.load(name)
    except NoSuchConnector as error:
        try:
            module = importlib.import_module(f"curation.connectors.{name}")
        except ModuleNotFoundError:
            raise error from None
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and value.__module__ == module.__name__
                and hasattr(value, "normalise")
            ):
                return value
        raise


@dataclass(slots=True)
class Trial:
    """`said`: what the customers wrote, key to text; `start`: when the first of them wrote (UTC, whole seconds)."""

    site: Site
    connector: Any
    start: datetime
    said: dict[str, str] = field(default_factory=dict)

    @property
    def stand_in(self) -> StandIn:
        """The channel."""
        return self.site.stand_in

    def say(self, text: str, at: datetime, author: str = "ana") -> str:
        """Let a customer write; return the comment's key."""
        key = self.stand_in.add(text, at, author)
        assert key not in self.said, f"the stand-in gives the key {key!r} twice"
        self.said[key] = text
        return key

    def fill(self, number: int = COMMENTS, start: datetime | None = None) -> list[str]:
        """Let customers write so many comments, a minute apart."""
        first, begun = len(self.said), start or self.start
        return [
            self.say(f"No. {first + n}: the parcel came {n} days late.", begun + n * STEP, f"author{n % 7}")
            for n in range(number)
        ]

    def few(self) -> None:
        """Fill three pages, small ones where the stand-in can make them so: what many short tests begin with."""
        page, kind = self.stand_in.page, type(self.stand_in)
        if _LOWERED.get(kind, True):
            self.stand_in.page = min(page, FEW)
            self.fill(3 * self.stand_in.page)
            before = self.site.listings()
            if kind not in _LOWERED:
                self.pull()
                _LOWERED[kind] = self.site.listings() >= before + 3
        if not _LOWERED[kind]:
            self.stand_in.page = page
            self.fill(3 * page - len(self.said))

    def pull(self, kept: Kept | None = None, limit: int | None = None) -> Kept:
        """Pull from the cursors; each stream `limit` pages at most."""
        return pull(self.connector, kept, limit)

    def whole(self, kept: Kept, but: int = 0) -> None:
        """Assert that everything said is kept and reads as it was said; `but`: how many may be missing."""
        missing = [text for key, text in self.said.items() if key not in kept.comments]
        assert len(missing) <= but, f"{len(missing)} comments are lost, such as {missing[0]!r}"
        for key, text in self.said.items():
            if key in kept.comments:
                assert text in kept.texts[key]
        strange = [
            one for key, one in kept.comments.items() if key not in self.said and one.role == "customer"
        ]
        assert not strange, f"nobody wrote {strange[0].key!r}: {strange[0].text[:100]!r}"

    def fails(self, kept: Kept, *expected: type[BaseException]) -> BaseException | None:
        """Pull and return the error, None where there was none. Raises AssertionError for one that is not `expected`."""
        try:
            self.pull(kept)
        except AssertionError:
            raise
        except Exception as error:
            hidden(self.stand_in.secrets, told(error))
            wanted = " or ".join(one.__name__ for one in expected)
            assert isinstance(error, expected), f"{wanted} was to be raised, not {told(error)}"
            assert not isinstance(error, TribuneError) or str(error).strip(), "an error says nothing"
            return error
        return None

    def survives(self, fault: Fault, nth: int, *expected: type[BaseException], certain: bool = True) -> Any:
        """Let the `nth` page and all after it go wrong: one of the errors, nothing lost, all there in the next pull.

        Returns the error. Without `certain`, none need be raised as long as nothing is lost.
        """
        if not self.said:
            self.few()
        kept = Kept()
        self.site.inject(fault, nth=nth)
        error = self.fails(kept, *expected)
        assert self.site.injured, (
            f"fewer than {nth} pages were asked for; does the stand-in name its listings?"
        )
        assert error or not certain, "the pull ended as if nothing had gone wrong"
        self.site.mend()
        self.pull(kept)
        self.whole(kept)
        return error


@contextmanager
def tried(stand_in: StandIn, connector: Any = None, timeout: float = math.inf) -> Iterator[Trial]:
    """Serve the stand-in and make its connector; nothing waits long."""
    with serve(stand_in) as site, patient(PATIENCE, timeout):
        made = found(connector or stand_in.connector)(**stand_in.settings(site.base))
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
        yield Trial(site, made, start)


class Tried:
    """What a test file names: the stand-in, and the connector where its name alone does not find it."""

    stand_in: ClassVar[Any]
    connector: ClassVar[Any] = None

    @pytest.fixture(autouse=True)
    def secrets_stay_out_of_logs(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        """Read every log of a test for secrets."""
        caplog.set_level(logging.DEBUG)
        caplog.set_level(logging.INFO, "httpcore")
        yield
        shown = [f"{one.getMessage()} {one.exc_text or ''}" for one in caplog.get_records("call")]
        hidden(self.stand_in.secrets, *shown)

    @pytest.fixture
    def trial(self) -> Iterator[Trial]:
        """A fresh stand-in and its connector."""
        with tried(self.stand_in(), self.connector) as trial:
            yield trial

    def reached(self, trial: Trial, wrong: str | None = None) -> dict[str, Any]:
        """Return the settings, with every secret replaced by `wrong` where it is given."""
        settings = trial.stand_in.settings(trial.site.base)
        if wrong is None:
            return settings
        return {
            name: SecretStr(wrong) if isinstance(value, SecretStr) else value
            for name, value in settings.items()
        }
