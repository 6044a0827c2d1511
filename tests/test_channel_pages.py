"""Each channel's page says what who connects one has to know, and its command does what it says."""

import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from curation import connectors
from curation.cli import adding
from curation.connectors import proposing

PAGES = Path(__file__).parents[1] / "docs" / "channels"
NAMES = sorted(connectors.installed().keys() & {page.stem for page in PAGES.glob("*.md")})

pytestmark = pytest.mark.skipif(not PAGES.exists(), reason="these are the tests of an installed wheel")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_all_there_is_to_know(name: str) -> None:
    page = (PAGES / f"{name}.md").read_text("utf-8")
    titles = re.findall(r"^## (.+)$", page, re.M)
    for title in ("Credentials", "What is read", "Limits and cost", "Proven on"):
        assert any(one.startswith(title) for one in titles), f"{name}: no section {title!r}"
    for word in (r"\b[Nn]ever\b", r"\b[Ee]dit", r"[Dd]elet"):
        assert re.search(word, page), f"{name}: nothing on {word}"
    assert ("**Where the next pull begins.**" in page) is (name not in connectors.PUSHED)
    answers = hasattr(connectors.load(name), "send")
    assert answers is bool({"Replies", "Answering"} & set(titles)), f"{name}: answers"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_s_command_makes_a_source(name: str, home: Path) -> None:
    blocks = re.findall(r"^```\w*\n(.*?)^```$", (PAGES / f"{name}.md").read_text("utf-8"), re.M | re.S)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    [words] = [shlex.split(line) for line in lines if line.startswith("tribune sources add")]
    assert words[4:6] == ["--connector", name]
    pairs = [value for flag, value in pairwise(words) if flag in ("--set", "--file")]
    # A secret that would be asked for, or comes from a file, is any text here.
    pairs = [f"{pair[:-1]}hush" if pair.endswith("=-") else pair for pair in pairs]
    cls = connectors.load(name)
    settings, secrets = adding._settings(words[3], name, cls, pairs)
    for value in settings.values():
        for one in value if isinstance(value, list) else [value]:
            assert not re.search(r"""[\[\]"]""", str(one)), f"{name}: {one!r} is not meant so"
    proposing.proposed(words[3], name, settings, secrets, {}, home, need_secrets=False)
