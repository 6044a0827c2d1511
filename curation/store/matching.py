"""What a comment becomes in the index, and which documents a query means: both sides of one analysis."""

import re
from collections.abc import Sequence
from typing import Any
from unicodedata import normalize

import tantivy
from tantivy import FieldType, Filter, Occur, Query, TextAnalyzerBuilder, Tokenizer

from curation.store.query import Clause, Parsed, Term

ANALYSIS = "tribune1"
"""The name of the tokenizer, which tantivy keeps in its schema: raise it whenever this module indexes otherwise."""

EVERYTHING = Query.all_query()

_FURTHEST = (1 << 63) - 1
_LONGEST_WORD = 200  # bytes; longer ones are no words
_EXPANSIONS = 2_000  # of a prefix in a phrase: 60 ms; tantivy gives up at 16,384

# Accents, vowel points, and characters that nobody sees. NFKD has split them from their letters.
_UNSEEN = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0640\u064b-\u065f\u0670\u00ad\u200e\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff]+"
)
# Scripts written without spaces (and Hangul, whose words carry endings): every character is a word of its
# own, so that a phrase finds any part of the text.
_UNSPACED = re.compile(
    "[\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
# Pictures, less the five skin tones. The tokenizer would drop them, so each is spelled as a word.
_EMOJI = re.compile(
    "[\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2b00-\u2bff\U0001f000-\U0001f3fa\U0001f400-\U0001faff]"
)
# What western European texts consist of: tantivy's own folding does these alike, in a fifth of the time.
_WESTERN = re.compile("[\x00-\x7fÀ-ÖØ-öø-ÿŒœ€‘’“”«»¿¡–—…]*")


def fold(text: str) -> str:
    """Spell text so that accents, case, width and invisible characters do not matter to a search.

    Œ, ß and ø are left to tantivy's own folding, which knows them. 3 to 5 µs for 100 Latin characters beyond these.
    """
    if text.isascii() or _WESTERN.fullmatch(text):
        return text
    text = normalize("NFC", _UNSEEN.sub("", normalize("NFKD", text)).casefold())
    text = _UNSPACED.sub(r" \g<0> ", text)
    return _EMOJI.sub(lambda found: f" emoji{ord(found[0]):x} ", text)


def analyser() -> tantivy.TextAnalyzer:
    """Cut folded text into words of letters and digits, in lower case."""
    words = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(_LONGEST_WORD))
    return words.filter(Filter.lowercase()).filter(Filter.ascii_fold()).build()


def schema() -> tantivy.Schema:
    """The index's fields; nothing is stored, as the store has it all."""
    fields = tantivy.SchemaBuilder()
    fields.add_integer_field("id", indexed=True, fast=True)
    fields.add_integer_field("changed", fast=True)
    fields.add_integer_field("rank", fast=True)
    fields.add_text_field("text", tokenizer_name=ANALYSIS)
    fields.add_text_field("author", tokenizer_name=ANALYSIS)
    fields.add_text_field("source", tokenizer_name="raw", index_option="basic")
    return fields.build()


def document(
    id: int, changed: int, rank: int, title: str | None, text: str | None, author: str | None, source: str
) -> tantivy.Document:
    """Make the document of one comment."""
    made = tantivy.Document()
    made.add_integer("id", id)
    made.add_integer("changed", changed)
    made.add_integer("rank", rank)
    if title:
        made.add_text("text", fold(title))
    if text:
        made.add_text("text", fold(text))
    if author:
        made.add_text("author", fold(author))
    made.add_text("source", source)
    return made


class Matching:
    """Build tantivy's queries for one schema."""

    def __init__(self, schema: tantivy.Schema, analyser: tantivy.TextAnalyzer) -> None:
        self._schema, self._analyser = schema, analyser

    def between(self, field: str, low: int | None, high: int | None) -> Query:
        """Match numbers from `low` to `high`, both included; None leaves that side open."""
        low, high = (None if end is None else max(-_FURTHEST, min(end, _FURTHEST)) for end in (low, high))
        return Query.range_query(self._schema, field, FieldType.Integer, low, high)

    def query(
        self, searcher: Any, parsed: Parsed, source: str | None = None, ids: Sequence[int] | None = None
    ) -> Query:
        """Ask for what `parsed` says, within one source or a choice of ids. `searcher` tells how far a prefix reaches.

        A word without a letter or digit is passed over; if nothing else was asked, nothing is found.
        """
        parts = []
        for clause in parsed.clauses:
            if found := self._clause(searcher, clause):
                parts.append((Occur.MustNot if clause.excluded else Occur.Must, found))
        if parsed.clauses and not parts:
            return Query.empty_query()
        if source is not None:
            parts.append((Occur.Must, self._is("source", source)))
        if ids is not None:
            parts.append((Occur.Must, Query.term_set_query(self._schema, "id", ids)))
        if not any(occur is Occur.Must for occur, _ in parts):
            parts.append((Occur.Must, EVERYTHING))
        return Query.boolean_query(parts)

    def having(self, needs: Sequence[Sequence[str]]) -> Query:
        """Ask for the documents with all words of any one of `needs`; a word may end in `*`."""
        every = [[found for word in need if (found := self._word(word))] for need in needs]
        ways = [
            words[0] if len(words) == 1 else Query.boolean_query([(Occur.Must, word) for word in words])
            for words in every
            if words
        ]
        return Query.boolean_query([(Occur.Should, way) for way in ways]) if ways else Query.empty_query()

    def _word(self, word: str) -> Query | None:
        words: list[Any] = self._analyser.analyze(fold(word.rstrip("*")))
        if not words:
            return None
        if word.endswith("*"):
            return Query.regex_query(self._schema, "text", words[-1] + ".*")
        found = self._words("text", words)
        if found is not None and word.endswith("nt"):
            # Phrases have `dont` for what is written "don't", which here are two words.
            return Query.boolean_query(
                [
                    (Occur.Should, found),
                    (Occur.Should, Query.phrase_query(self._schema, "text", [word[:-1], "t"])),
                ]
            )
        return found

    def _clause(self, searcher: Any, clause: Clause) -> Query | None:
        terms = [found for term in clause.terms if (found := self._term(searcher, term))]
        if len(terms) > 1:
            return Query.boolean_query([(Occur.Should, term) for term in terms])
        return terms[0] if terms else None

    def _term(self, searcher: Any, term: Term) -> Query | None:
        if term.where == "source":
            return self._is("source", term.text)
        words: list[Any] = self._analyser.analyze(fold(term.text))
        # A single letter begins too many words; it is sought as it stands.
        if words and term.prefix and len(words[-1]) > 1:
            return self._prefix(searcher, term.where, words)
        return self._words(term.where, words)

    def _words(self, field: str, words: list[Any]) -> Query | None:
        if len(words) > 1:
            return Query.phrase_query(self._schema, field, words)
        return self._is(field, words[0]) if words else None

    def _prefix(self, searcher: Any, field: str, words: list[Any]) -> Query:
        # The analyser leaves letters and digits only, so there is nothing to escape.
        beginning = Query.regex_query(self._schema, field, words[-1] + ".*")
        before = self._words(field, words[:-1])
        if before is None:
            return beginning
        if len(searcher.terms_with_prefix(field, words[-1], limit=_EXPANSIONS)) == _EXPANSIONS:
            return Query.boolean_query([(Occur.Must, before), (Occur.Must, beginning)])
        return Query.regex_phrase_query(self._schema, field, [*words[:-1], words[-1] + ".*"])

    def _is(self, field: str, value: str) -> Query:
        return Query.term_query(self._schema, field, value, "basic")
