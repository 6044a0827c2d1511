"""The engine as one spaCy pipeline: components of our own over a tokenizer that cuts as the engine does.

`doc._.reading` is everything the engine says (`readings.Reading`); `doc._.language`, `doc._.sentiment`, `doc._.topics`,
`doc._.intent`, `doc._.urgency`, `doc._.unsure` and `doc._.entities` are its parts, `doc._.declared` is the language a channel gives.
`doc.cats` holds the probabilities of sentiment. The numbers are those of `Engine.read`.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from curation.language.engine import LANGUAGES, Engine
from curation.language.tokens import LONGEST
from curation.language.words import clean, words
from curation.models import SENTIMENTS

_AT_A_TIME = 1_000


def _part(doc: Doc, name: str) -> Any:
    return getattr(doc._.reading, name, None)


for _name in ("declared", "reading"):
    Doc.set_extension(_name, default=None, force=True)
for _name in ("language", "topics", "intent", "urgency", "unsure", "entities"):
    Doc.set_extension(_name, getter=partial(_part, name=_name), force=True)
Doc.set_extension("sentiment", getter=lambda doc: doc._.reading.mood if doc._.reading else None, force=True)


class Reader:
    """A component that leaves a reading on each Doc; in a pipe it reads a thousand at a time."""

    def __init__(self, languages: list[str], model: str | None) -> None:
        self.languages, self.model = languages, model
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """The engine, loaded when it is first needed."""
        if self._engine is None:
            self._engine = Engine.load(
                model=Path(self.model) if self.model else None, languages=self.languages
            )
        return self._engine

    def __call__(self, doc: Doc) -> Doc:
        self._read([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = _AT_A_TIME) -> Iterator[Doc]:
        waiting = iter(stream)
        while docs := list(islice(waiting, _AT_A_TIME)):
            self._read(docs)
            yield from docs

    def _read(self, docs: list[Doc]) -> None:
        texts = [doc.user_data.get("text", doc.text) for doc in docs]
        for doc, reading in zip(docs, self.engine.read(texts, [doc._.declared for doc in docs]), strict=True):
            doc._.reading = reading
            doc.cats = dict(zip(SENTIMENTS, reading.sentiment, strict=True))

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        """Nothing of its own is kept: weights ship with Tribune, and a team's model stays where it is."""

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> "Reader":
        """See `to_disk`."""
        return self


@Language.factory(
    "tribune_reader", assigns=["doc._.reading"], default_config={"languages": list(LANGUAGES), "model": None}
)
def reader(nlp: Language, name: str, languages: list[str], model: str | None) -> Reader:
    """Read each Doc with the engine; `model` is a folder with a team's own heads."""
    return Reader(languages, model)


@registry.tokenizers("tribune_tokenizer")  # type: ignore[untyped-decorator]
def tokenizers() -> Callable[[Language], Any]:
    """Make the tokenizer of a blank pipeline."""
    return lambda nlp: Cutter(nlp.vocab)


class Cutter:
    """A tokenizer that cuts by our own rules: linear in time, unlike spaCy's on a run of brackets."""

    def __init__(self, vocab: Vocab) -> None:
        self._vocab = vocab

    def __call__(self, text: str) -> Doc:
        found = words(clean(text, LONGEST))
        return Doc(self._vocab, words=found.texts, spaces=found.spaces, user_data={"text": text})

    def to_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> None:
        """It has no settings."""

    def from_disk(self, path: Path, *, exclude: Iterable[str] = ()) -> "Cutter":
        """See `to_disk`."""
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """See `to_disk`."""
        return b""

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "Cutter":
        """See `to_disk`."""
        return self


def pipeline(languages: Iterable[str] = LANGUAGES, model: Path | None = None) -> Language:
    """Return the spaCy pipeline; `nlp.to_disk` and `spacy.load` work as with any other."""
    nlp = spacy.blank("xx", config={"nlp": {"tokenizer": {"@tokenizers": "tribune_tokenizer"}}})
    nlp.add_pipe(
        "tribune_reader", config={"languages": list(languages), "model": str(model) if model else None}
    )
    return nlp
