"""The tagger of rules: lexicons and phrases in one spaCy pipeline, nothing trained."""

from collections.abc import Sequence
from pathlib import Path

import spacy
from spacy.tokens import Doc
from spacy.vocab import Vocab

from curation.config import Tagging
from curation.language import LONGEST, version
from curation.language.components import tokenizer
from curation.language.taxonomy import load_taxonomy
from curation.language.words import clean
from curation.models import Tag


class RuleTagger:
    """See `curation.language.Tagger`."""

    def __init__(self, config: Tagging, home: Path) -> None:
        path = home / config.taxonomy if config.taxonomy else None
        self.taxonomy = load_taxonomy(path)
        # A bare vocabulary: our rules read folded words, and spaCy's own attributes of each cost a third of the time.
        self._nlp = spacy.blank("xx", vocab=Vocab())
        self._nlp.tokenizer = tokenizer(self._nlp.vocab)
        self._nlp.add_pipe("tribune_language", config={"languages": list(config.languages)})
        self._nlp.add_pipe("tribune_sentiment")
        self._nlp.add_pipe("tribune_topics", config={"taxonomy": str(path) if path else None})
        self.version = version(config, home)

    def tag(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[list[Tag]]:
        """Tag each text, in order. Every text gets a language; sentiment and topics where there is something to say."""
        # Words seen in a batch are forgotten with it: the vocabulary would grow with every typo ever made.
        with self._nlp.memory_zone():
            docs = [self._doc(text, declared) for text, declared in zip(texts, languages, strict=True)]
            return [_tags(doc) for doc in self._nlp.pipe(docs)]

    def _doc(self, text: str, declared: str | None) -> Doc:
        doc = self._nlp.make_doc(clean(text, LONGEST))
        doc._.declared = declared
        return doc


def _tags(doc: Doc) -> list[Tag]:
    language, sure = doc._.language
    tags = [Tag(name="language", value=language, score=round(sure, 4))]
    if sentiment := doc._.sentiment:
        tags.append(
            Tag(
                name="sentiment",
                value=sentiment.label,
                score=round(sentiment.confidence, 4),
                evidence=sentiment.evidence,
            )
        )
    tags += [
        Tag(name="topic", value=found.topic, score=found.strength, evidence=found.evidence)
        for found in doc._.topics
    ]
    return tags
