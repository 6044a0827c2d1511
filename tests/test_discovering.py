"""From comments without a topic to a theme, and from a theme to a topic, and back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from curation import config, pipeline
from curation.api import embedded
from curation.errors import NotFound
from tests.language.test_themes import other

TELESCOPES = (
    "Could the telescope be shown to school classes as well?",
    "Where can I borrow a telescope for the weekend?",
    "My telescope lens fogs up as soon as evening comes",
    "A telescope on the terrace, what a sight that was",
    "Who repairs the telescope on the second floor?",
    "Our daughter looked through the telescope for an hour",
    "The telescope points at the neighbours and not at the moon",
    "Tickets for the telescope evening should be sold online",
    "Rain again, and no telescope for us tonight",
    "Is that old telescope from your attic on display?",
)
LETTER = "We all want the old tram line along the river back, and we will not be quiet until it runs, says {}"


@pytest.fixture
def town(home: Path, tmp_path: Path) -> config.Config:
    day = datetime.now(UTC)
    rows = ["id,text,date,author"]
    for number, text in enumerate(TELESCOPES):
        at = (day - timedelta(days=3 * number)).date()
        rows.append(f'p{number},"{text}",{at},author {number}')
    rows += [f'o{number},"The {other(number)} of it",{day.date()},x' for number in range(60)]
    rows += [
        f'l{n},"{LETTER.format(name)}",{day.date()},{name}'
        for n, name in enumerate(("Ana", "Bo", "Cy", "Di"))
    ]
    file = tmp_path / "town.csv"
    file.write_text("\n".join(rows) + "\n")
    config.save_source("town", "file", {"path": str(file)})
    settings = config.load()
    with embedded(settings) as client:
        pipeline.pull(client, settings, "town")
        pipeline.tag(client, settings)
    return settings


def test_a_theme_becomes_a_topic_and_can_be_taken_back(town: config.Config) -> None:
    with embedded(town) as client:
        assert client.get("/themes")["made_at"] is None
        told: list[str] = []
        pipeline.discover(client, progress=lambda what, *_: told.append(what))
        assert "look for themes" in told
        found = client.get("/themes")
        theme = next(one for one in found["themes"] if "telescope" in " ".join(one["words"]))
        assert theme["comments"] >= 6
        assert sum(theme["weeks"]) == theme["comments"]
        assert theme["topic"] is None
        assert "telescope" in theme["quotes"][0]["text"]
        made = client.post("/themes/adopt", {"theme": theme["id"]})
        assert made["comments"] >= 6
        assert client.get("/comments/count", topic=made["id"])["comments"] >= 6
        again = next(one for one in client.get("/themes")["themes"] if one["id"] == theme["id"])
        assert again["topic"] == made["id"]
        client.post("/taxonomy", {"action": "undo", "version": made["version"]})
        assert client.get("/comments/count", topic=made["id"])["comments"] == 0
        with pytest.raises(NotFound, match="No theme"):
            client.post("/themes/adopt", {"theme": "nothing/../else"})


def test_a_campaign_is_told_with_people_and_times(town: config.Config) -> None:
    with embedded(town) as client:
        pipeline.discover(client)
        campaign = client.get("/themes")["campaigns"][0]
        assert (campaign["comments"], campaign["people"], campaign["sources"]) == (4, 4, {"town": 4})
        assert client.get("/comments/count", q=f'"{campaign["opening"]}"')["comments"] == 4
