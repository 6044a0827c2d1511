from pathlib import Path

import pytest

from curation import language
from curation.config import Tagging


@pytest.fixture(scope="session")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> language.Tagger:
    return language.load(Tagging(), tmp_path_factory.mktemp("home"))


@pytest.fixture
def topics_file(tmp_path: Path) -> Path:
    file = tmp_path / "topics.toml"
    file.write_text(
        """
[[topic]]
id = "bread"
name = { en = "Bread", fr = "Pain" }
phrases.en = ["bread", "loaf", "loaves"]
phrases.fr = ["pain*", "baguette"]
except.en = ["bread and butter question"]

[[topic]]
id = "bread.stale"
name = { en = "Stale bread", fr = "Pain rassis" }
phrases.en = ["stale", "hard as ... rock", "(bread|loaf) ... # days old"]
phrases.fr = ["rassis*", "dur comme"]
""",
        encoding="utf-8",
    )
    return file
