"""Tag comments: language, sentiment, topics, intent, urgency, and whether each is sure.

`load` is the one way in for tagging, `engine.Engine` for reading texts, `components.pipeline` for spaCy: only that imports it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Protocol

from curation.config import Tagging
from curation.language import models
from curation.language.readings import Explanation
from curation.language.taxonomy import Taxonomy
from curation.models import Tag

RULES = 2
"""Raise it with every change of code that may change a tag."""

_PARTS = ("lexicon.toml", "lexicon_fr.txt", "weights/model.json")
_READ_FROM = ("vaderSentiment", "py3langid")


class Tagger(Protocol):
    """Tags batches of texts. `version` changes whenever the same text may get other tags."""

    version: str
    taxonomy: Taxonomy

    @property
    def spent(self) -> Mapping[str, int]:
        """What second opinions cost so far: `asked`, `disagreed`, `tokens_in`, `tokens_out`; zeros where none is asked for."""

    def tag(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[list[Tag]]:
        """Tag each text; `languages` is what the channel declares of each, None where it says nothing."""

    def follow(self, taxonomy: Taxonomy) -> None:
        """Tag with the topics of `taxonomy` from now on."""

    def explain(self, text: str, asked: Sequence[tuple[str, str]]) -> list[Explanation]:
        """Say which parts of `text` weighed most for each tag `asked`, as (name, value)."""


def version(config: Tagging, home: Path) -> str:
    """Name the tagger that `load` would build, without building it; the taxonomy has a version of its own.

    It ends in the number of the team's own model in force, where there is one.
    """
    own = models.chosen(home)
    parts = [
        sorted(config.languages),
        sorted(config.entities.items()),
        [hashlib.sha256((Path(__file__).parent / part).read_bytes()).hexdigest() for part in _PARTS],
        {package: metadata.version(package) for package in _READ_FROM},
        *([models.digest(own)] if own else []),
        *([config.opinion.model_dump_json()] if config.opinion.asked else []),
    ]
    model = f".model-{own.name}" if own else ""
    return f"engine-{RULES}+{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]}{model}"


def load(config: Tagging, home: Path, taxonomy: Taxonomy | None = None) -> Tagger:
    """Build the tagger (under a second), by default with the configured taxonomy, looked for under `home`.

    Raises ConfigError for a language that cannot be told apart and for a taxonomy that is not valid.
    """
    from curation.language.tagger import EngineTagger

    return EngineTagger(config, home, taxonomy)
