"""Which rules a reply falls under."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from curation.config import ReviewRule, parse
from curation.errors import ConfigError
from curation.reviewing import Case, holds, need

CASE = Case(
    source="reviews",
    topics=("delivery.late", "price"),
    urgency="high",
    sentiment="negative",
    followers=1200,
    days=20,
    public=True,
    crisis=True,
)


@pytest.mark.parametrize(
    ("met", "missed"),
    [
        ({"source": "reviews"}, {"source": "support"}),
        ({"topic": "delivery"}, {"topic": "deliver"}),
        ({"topic": "delivery.late"}, {"topic": "delivery.late.very"}),
        ({"urgency": "high"}, {"urgency": "low"}),
        ({"sentiment": "negative"}, {"sentiment": "neutral"}),
        ({"audience": 1200}, {"audience": 1201}),
        ({"new_author_days": 21}, {"new_author_days": 20}),
        ({"public": True}, {"public": False}),
        ({"crisis": True}, {"crisis": False}),
        ({"source": "reviews", "urgency": "high"}, {"source": "reviews", "urgency": "low"}),
    ],
)
def test_a_rule_holds_where_all_it_names_is_so(met: dict[str, object], missed: dict[str, object]) -> None:
    assert holds(ReviewRule(**met), CASE)  # type: ignore[arg-type]
    assert not holds(ReviewRule(**missed), CASE)  # type: ignore[arg-type]


def test_what_nobody_knows_is_not_so() -> None:
    plain = Case(source="survey")
    for rule in ({"topic": "price"}, {"urgency": "low"}, {"sentiment": "neutral"}, {"audience": 1}):
        assert not holds(ReviewRule(**rule), plain)  # type: ignore[arg-type]
    assert holds(ReviewRule(), plain), "a rule that names nothing holds for every reply"


def test_the_most_that_any_rule_asks_for_counts_and_every_rule_is_named() -> None:
    rules = (
        ReviewRule(source="reviews"),
        ReviewRule(urgency="high", topic="price", approvals=2),
        ReviewRule(source="x"),
    )
    found = need(rules, CASE)
    assert (found.approvals, found.rules) == (2, rules[:2])
    assert found.why == "2 approvals: source reviews; topic price, urgency high"
    assert need(rules, Case(source="survey")).approvals == 0
    assert need((), CASE).why == ""


def test_rules_are_read_from_the_configuration(tmp_path: Path) -> None:
    text = '[[review]]\nurgency = "high"\n\n[[review]]\nsource = "reviews"\napprovals = 2\n'
    assert [rule.approvals for rule in parse(text, tmp_path).review] == [1, 2]
    with pytest.raises(ConfigError, match="review"):
        parse("[[review]]\napprovals = 3\n", tmp_path)
    with pytest.raises(ConfigError, match="not a known key"):
        parse('[[review]]\nchannel = "x"\n', tmp_path)
    with pytest.raises(ValidationError):
        ReviewRule(audience=0)
