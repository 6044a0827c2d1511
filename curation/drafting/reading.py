"""Cut a reply into sentences and words, and say how easily it reads."""

import re
import unicodedata

from curation.drafting.advice import Span

# A run of marks is looked at from its beginning only, so time is linear.
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'»”)\]]*+(?=\s|$)|\n+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|No|Nr|M|Mme|Mlle|MM|Me|Pr|approx|etc|e\.g|i\.e|p\.m|a\.m|p\.ex|ex|cf|env|tél|n))\.$"
)
WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_GROUP = re.compile("[aeiouyæœ]+")
_SILENT_EN = re.compile(r"(?:[^aeiouyl]|[aeiouy]l)es?$|[^aeiouytd]ed$|(?<=[aeiouy])[^aeiouy]ely$")
_SILENT_FR = re.compile(r"(?<=[^aeiouy])(?:es?|(?<!m)ent)$")

EASE = {"en": (206.835, 1.015, 84.6), "fr": (207.0, 1.015, 73.6)}
"""Flesch 1948, "A new readability yardstick", Journal of Applied Psychology 32(3); Kandel & Moles 1958, "Application de l'indice de
Flesch à la langue française", Cahiers d'Études de Radio-Télévision 19. Each: a constant, the weight of words per sentence and
that of syllables per word."""


def sentences(text: str) -> list[Span]:
    """Return where each sentence stands, without the spaces around it. A line's end ends one; "Mr." does not."""
    spans, begin = [], 0
    for end in _END.finditer(text):
        if end[0] == "." and _ABBREVIATION.search(text, max(begin, end.end() - 9), end.end()):
            continue
        spans.append((begin, end.end()))
        begin = end.end()
    spans.append((begin, len(text)))
    return [trimmed for span in spans if (trimmed := _trimmed(text, span))[0] < trimmed[1]]


def _trimmed(text: str, span: Span) -> Span:
    part = text[span[0] : span[1]]
    begin = span[0] + len(part) - len(part.lstrip())
    return begin, max(begin, span[0] + len(part.rstrip()))


def folded(word: str) -> str:
    """Return a word without case and accents."""
    return "".join(
        char for char in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(char)
    )


def syllables(word: str, language: str) -> int:
    """Count syllables by groups of vowels, silent endings left out; at least one. Right for most words, not for all."""
    bare = folded(word)
    groups = len(_GROUP.findall(bare))
    # An accent on the last vowel is spoken: "bonté", but "porte".
    spoken = word[-1:] in "éÉèÈ" or word[-2:].lower() in ("és", "ès")
    silent = _SILENT_FR if language == "fr" else _SILENT_EN
    return max(1, groups - (groups > 1 and not spoken and silent.search(bare) is not None))


def ease(text: str, language: str) -> float | None:
    """Return how easily `text` reads: 0 (very hard) to 100 (very easy), at times beyond; None under thirty words."""
    found = WORD.findall(text)
    if len(found) < 30:
        return None
    constant, long_sentences, long_words = EASE[language]
    cut = sum(1 for begin, end in sentences(text) if WORD.search(text, begin, end)) or 1
    spoken = sum(syllables(word, language) for word in found)
    return constant - long_sentences * len(found) / cut - long_words * spoken / len(found)
