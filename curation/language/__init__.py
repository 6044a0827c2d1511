"""Tag comments by language, sentiment and topic.

`load` is the one way in. It imports spaCy; importing this package does not, nor does `taxonomy`, so a page or
a command that does not tag never pays for it.
"""

import hashlib
import json
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Protocol

from curation.config import Tagging
from curation.language.taxonomy import Taxonomy, load_taxonomy
from curation.models import Tag

RULES = 1
"""Raise it with every change of code that may change a tag."""

LEXICON = Path(__file__).with_name("lexicon.toml")
FRENCH = Path(__file__).with_name("lexicon_fr.txt")

_READ_FROM = ("vaderSentiment", "py3langid")

LONGEST = 20_000
"""Characters of a comment that are read; the rest of a longer one is kept and shown, not tagged."""


class Tagger(Protocol):
    """Tags batches of texts. `version` changes whenever the same text may get other tags."""

    version: str
    taxonomy: Taxonomy

    def tag(self, texts: Sequence[str], languages: Sequence[str | None]) -> list[list[Tag]]:
        """Tag each text; `languages` is what the channel declares of each, None where it says nothing."""


def version(config: Tagging, home: Path) -> str:
    """Name the tagger that `load` would build, without building it. Raises ConfigError for a bad taxonomy."""
    parts = [
        load_taxonomy(home / config.taxonomy if config.taxonomy else None).digest,
        sorted(config.languages),
        [hashlib.sha256(lexicon.read_bytes()).hexdigest() for lexicon in (LEXICON, FRENCH)],
        {package: metadata.version(package) for package in _READ_FROM},
    ]
    return f"rules-{RULES}+{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]}"


def load(config: Tagging, home: Path) -> Tagger:
    """Build the tagger (about a second, most of it spaCy). A relative taxonomy is looked for under `home`.

    Raises ConfigError for a language that cannot be told apart and for a taxonomy that is not valid.
    """
    from curation.language.tagger import RuleTagger

    return RuleTagger(config, home)
