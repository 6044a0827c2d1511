"""Which review rules a reply falls under, and how many other people have to approve it. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass

from curation.config import ReviewRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What rules ask of a comment and of who answers it.

    `followers`: of the comment's author, None where the channel does not say. `days`: since the writer of the reply joined.
    """

    source: str
    topics: tuple[str, ...] = ()
    urgency: str | None = None
    sentiment: str | None = None
    followers: int | None = None
    days: float = 0.0
    public: bool = True
    crisis: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """How many others have to approve, and the rules that say so; none: 0."""

    approvals: int
    rules: tuple[ReviewRule, ...]

    @property
    def why(self) -> str:
        """Say it in words: "2 approvals: source reviews, urgency high"."""
        named = "; ".join(words(rule) for rule in self.rules)
        return f"{self.approvals} approval{'s' if self.approvals > 1 else ''}: {named}" if self.rules else ""


def need(rules: Iterable[ReviewRule], case: Case) -> Need:
    """Return what a reply needs: the most that any rule asks for whose conditions are all met."""
    found = tuple(rule for rule in rules if holds(rule, case))
    return Need(max((rule.approvals for rule in found), default=0), found)


def holds(rule: ReviewRule, case: Case) -> bool:
    """Tell whether all that a rule names is so. What nobody knows, such as how many follow, is not so."""
    return all((
        rule.source in (None, case.source),
        rule.topic is None or any(f"{topic}.".startswith(f"{rule.topic}.") for topic in case.topics),
        rule.urgency in (None, case.urgency),
        rule.sentiment in (None, case.sentiment),
        rule.audience is None or (case.followers or 0) >= rule.audience,
        rule.new_author_days is None or case.days < rule.new_author_days,
        rule.public in (None, case.public),
        rule.crisis in (None, case.crisis),
    ))  # fmt: skip


def words(rule: ReviewRule) -> str:
    """Name the conditions of a rule: "topic delivery, audience 1000"."""
    given = rule.model_dump(exclude={"approvals"}, exclude_none=True)
    return ", ".join(f"{name} {str(value).lower()}" for name, value in given.items()) or "every reply"
