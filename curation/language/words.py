"""Cut a text into words, each with a folded form that rules compare: no case, no accents, no hyphens."""

import re
import unicodedata
from dataclasses import dataclass

# Every character belongs to exactly one token, and a token never looks back at an earlier one: time is linear.
_TOKEN = re.compile(
    r"""(
    https?://\S+ | www\.\S+                                                  # addresses, and
    | @\w+                                                                   # mentions say nothing
    | (?<!\w)[<>]?[:;=8xX][-o*']?[dDpP/\\|@3oO](?![\w/])                     # :D xD :-/
    | [<>]?[:;=][-o*']?[()\[\]{}]{1,9}(?!\w) | [()]{1,3}[-o*']?[:;=](?!\w) | </?3    # :) (: <3
    | \d+(?:[.,]\d+)+                                                        # 14.90 ends no sentence
    | [^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*(?:['’](?:t|s|re|ve|ll|d|m)\b)?     # café, don't; but l' + appli
    | [^\w\s] | _ | \s
    )([ ]?)""",
    re.VERBOSE,
)
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "’": "'"})
_LONG_RUN = re.compile(r"(.)\1{2,}")
_SURROGATE = re.compile("[\ud800-\udfff]")

END = "."
"""Folded form of what ends a sentence: no phrase reaches across it."""
PAUSE = ","
"""Folded form of what separates parts of a sentence: only a gap reaches across it."""
_MARKS = dict.fromkeys(".!?…;\n\r\u2028\u2029", END) | dict.fromkeys(",:()[]{}–—", PAUSE)
_KNOWN_AT_MOST = 100_000


@dataclass(frozen=True, slots=True)
class Words:
    """A text's tokens in order: `texts` as written, `spaces` whether a space follows, `folded` to compare by.

    `folded` is empty for what carries no meaning here (addresses, mentions, single marks).
    """

    text: str
    texts: list[str]
    spaces: list[bool]
    folded: list[str]

    def between(self, first: int, last: int) -> str:
        """Return what was written from token `first` to token `last`, both included."""
        parts = [
            text + " " * space
            for text, space in zip(self.texts[first : last + 1], self.spaces[first : last + 1], strict=True)
        ]
        return "".join(parts).strip()


def clean(text: str, longest: int) -> str:
    """Return the first `longest` characters, lone surrogates replaced: spaCy keeps strings as UTF-8."""
    return _SURROGATE.sub("\ufffd", text[:longest])


def words(text: str) -> Words:
    """Cut `text` into words; joined with their spaces they give the text back exactly."""
    found = _TOKEN.findall(text)
    texts = [token for token, _ in found]
    return Words(text, texts, [space == " " for _, space in found], [_folds[token] for token in texts])


def fold(token: str) -> str:
    """Fold one token: lower case, no accents, ligatures opened, `sooooo` as `soo`, `driver's` as `driver`,
    `don't` as `dont`."""
    if mark := _MARKS.get(token):
        return mark
    if not token[0].isalnum() or token.startswith(("http://", "https://", "www.")):
        return ""
    if token[-2:] in ("'s", "’s"):
        token = token[:-2]
    elif token[-2:] in ("'t", "’t"):
        token = f"{token[:-2]}t"
    plain = unicodedata.normalize("NFKD", token.lower().translate(_LIGATURES))
    return _LONG_RUN.sub(r"\1\1", "".join(char for char in plain if not unicodedata.combining(char)))


class _Folds(dict[str, str]):
    """Folded forms already worked out; forgotten all at once when there are too many."""

    def __missing__(self, token: str) -> str:
        if len(self) > _KNOWN_AT_MOST:
            self.clear()
        folded = fold(token)
        if len(token) < 50:
            self[token] = folded
        return folded


_folds = _Folds()
