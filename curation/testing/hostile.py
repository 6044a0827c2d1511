"""The contract of a pull where single comments are odd: they are refused or mapped, and the rest goes on."""

# ruff: noqa: S101 - assertions are what a test suite says.

import copy
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from curation.models import Raw
from curation.testing import faults
from curation.testing.running import Kept, read
from curation.testing.trial import STEP, Trial, Tried

Path = tuple[str | int, ...]
_GONE = object()
ODD: tuple[Any, ...] = (
    _GONE,
    None,
    [],
    {},
    [None],
    {"x": []},
    "",
    "\0",
    0,
    -1,
    1 << 60,
    1e300,
    True,
    "9999-99-99",
    "0001-01-01T00:00:00+14:00",
)
MOST = 120
"""Fields of one payload that are tried."""
TEXTS = {
    "markup": "seen <script>alert(1)</script><b onclick='x()'>& &lt;i&gt; </b> <![CDATA[ ]]> <!-- -- > seen",
    "bidi": "seen \u202e\u2066\u200f\u061c olleh \u2069 seen",
    "long": "seen " + "much too long " * 75_000 + "seen",
    "stacked": "seen " + "z\u0335\u0321\u0322" * 2_000 + " \U0001f468\u200d\U0001f469\u200d\U0001f467 seen",
    "format": "seen {0} %s ${x} {{y}} \\u0000 \\ \" ' \\n seen",
    "mention": "seen @everyone @ana #tag https://example.org/?a=1&b=2 <@U1> seen",
}
ESCAPES = {
    "nul": b"\\u0000",
    "high surrogate": b"\\ud83d",
    "low surrogate": b"\\ude00",
    "noncharacter": b"\\uffff",
}


class Hostile(Tried):
    """Hostile text, and fields that are missing or of another type."""

    @pytest.mark.parametrize("kind", TEXTS)
    def test_hostile_text(self, trial: Trial, kind: str) -> None:
        trial.fill(3)
        key = trial.stand_in.add(TEXTS[kind], trial.start + 4 * STEP, "mallory")
        trial.fill(3, trial.start + 5 * STEP)
        kept = trial.pull()
        comment = kept.comments.pop(key, None)
        trial.whole(kept)
        assert comment or kept.refused, "a comment is neither kept nor refused"
        assert comment is None or "seen" in comment.text
        assert comment is None or len(comment.text) < 2_000_000

    @pytest.mark.parametrize("kind", ESCAPES)
    def test_what_is_no_text(self, trial: Trial, kind: str) -> None:
        """Put an escape into one comment of the JSON on its way."""
        trial.fill(3)
        trial.said[trial.stand_in.add("seen HERE seen", trial.start + 4 * STEP, "mallory")] = "seen"
        trial.fill(3, trial.start + 5 * STEP)
        met: list[bool] = []

        def mangle(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
            if not _is_json(body):
                pass
            elif b"seen HERE seen" in body:
                met.append(True)
                return body.replace(b"seen HERE seen", b"seen " + ESCAPES[kind] + b" seen"), headers
            return body, headers

        trial.site.inject(faults.mangles(mangle))
        kept = trial.pull()
        if not met:
            pytest.skip("the channel does not write JSON with the text in it")
        trial.whole(kept, but=1)

    def test_every_field_odd_in_normalise(self, trial: Trial) -> None:
        """Each field of a payload, at any depth, is dropped and replaced by odd values: mapped or BadRecord."""
        trial.fill(3)
        kept = trial.pull()
        tried = 0
        for key, payload in list(kept.raws.items())[:2]:
            for bent in ("", "null", "[]", "{}", "0", '"x"', "{", "[" * 2_000, payload[: len(payload) // 2]):
                read(trial.connector, Raw(key=key, payload=bent))
            if not _is_json(payload.encode()):
                continue
            whole = orjson.loads(payload)
            for path in list(_paths(whole))[:MOST]:
                for odd in ODD:
                    changed = orjson.dumps(_changed(whole, path, odd)).decode()
                    read(trial.connector, Raw(key=key, payload=changed))
                    tried += 1
        assert tried or kept.raws, "nothing was pulled"

    @pytest.mark.parametrize(
        "odd", [_GONE, None, [], "odd", 7, {}], ids=["gone", "null", "list", "text", "7", "{}"]
    )
    def test_every_field_odd_on_the_line(self, trial: Trial, odd: Any) -> None:
        """Each field of one entry of the listing is dropped or odd: the pull ends well with all the others."""
        trial.fill(6)
        shown: list[bytes] = []

        def look(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
            shown.append(body)
            return body, headers

        trial.site.inject(faults.mangles(look))
        trial.pull()
        trial.site.mend()
        listing = next((body for body in shown if _entries(body)), None)
        if listing is None:
            pytest.skip("no page of the listing is JSON with a list of entries")
        path = _entries(listing)
        entry = _at(orjson.loads(listing), path)
        for field in list(_paths(entry))[:40]:

            def bend(
                body: bytes, headers: dict[str, str], field: Path = field
            ) -> tuple[bytes, dict[str, str]]:
                where = _entries(body)
                if not where or not _has(orjson.loads(body), (*where, *field)):
                    return body, headers
                return orjson.dumps(_changed(orjson.loads(body), (*where, *field), odd)), headers

            trial.site.inject(faults.mangles(bend), nth=shown.index(listing) + 1, times=1)
            kept = Kept()
            try:
                trial.pull(kept)
            except AssertionError:
                raise
            except Exception as error:
                raise AssertionError(
                    f"one entry whose {'.'.join(map(str, field))} is {'missing' if odd is _GONE else repr(odd)} stops"
                    f" the whole pull: {type(error).__name__}: {error}"
                ) from error
            trial.site.mend()
            lost = [key for key in trial.said if key not in kept.comments]
            assert len(lost) <= 1, (
                f"an odd {'.'.join(map(str, field))} in one entry loses {len(lost)} comments"
            )

    def test_one_entry_nested_deep(self, trial: Trial) -> None:
        """Fields of one entry hold more levels than some JSON libraries write: the pull ends well with all the others."""
        trial.fill(6)
        met: list[bool] = []

        def nest(body: bytes, headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
            if not (where := _entries(body)):
                return body, headers
            met.append(True)
            whole = orjson.loads(body)
            entry = _at(whole, where)
            for holder in (entry, *(_at(entry, path) for path in list(_paths(entry)))):
                if isinstance(holder, dict):
                    holder["deep"] = "DEEP"
            return orjson.dumps(whole).replace(b'"DEEP"', b"[" * 400 + b"]" * 400), headers

        trial.site.inject(faults.mangles(nest))
        kept = trial.pull()
        if not met:
            pytest.skip("no page of the listing is JSON with a list of entries")
        trial.whole(kept, but=1)


def _is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


def _entries(body: bytes) -> Path:
    """Return the path of the second entry of the longest list of objects, () where there is none."""
    if not _is_json(body):
        return ()
    best: tuple[int, Path] = (1, ())
    todo: list[tuple[Any, Path]] = [(orjson.loads(body), ())]
    while todo:
        value, path = todo.pop()
        if isinstance(value, list):
            if len(value) > best[0] and all(isinstance(one, dict) for one in value):
                best = (len(value), (*path, 1))
            todo += [(one, (*path, n)) for n, one in enumerate(value)]
        elif isinstance(value, dict):
            todo += [(one, (*path, name)) for name, one in value.items()]
    return best[1]


def _paths(value: Any, path: Path = (), depth: int = 4) -> Iterator[Path]:
    """Yield the path of every field, outer ones first."""
    parts: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        parts = list(value.items())
    elif isinstance(value, list):
        parts = list(enumerate(value[:2]))
    for name, _ in parts:
        yield (*path, name)
    for name, part in parts if depth else ():
        yield from _paths(part, (*path, name), depth - 1)


def _at(value: Any, path: Path) -> Any:
    for name in path:
        value = value[name]
    return value


def _has(value: Any, path: Path) -> bool:
    try:
        _at(value, path)
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _changed(value: Any, path: Path, odd: Any) -> Any:
    """Return a copy with one field dropped or replaced."""
    value = copy.deepcopy(value)
    holder = _at(value, path[:-1])
    if odd is _GONE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = copy.deepcopy(odd)
    return value
