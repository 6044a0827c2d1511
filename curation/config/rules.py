"""Which replies need approval before they leave."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ReviewRule(BaseModel):
    """One `[[review]]` of `tribune.toml`: where all it names is so, a reply needs `approvals` by others than its writer.

    `source`, `topic` (a parent holds its children), `urgency`, `sentiment`: of the comment. `audience`: its author has so many
    followers or more. `new_author_days`: who writes the reply has been with the team for less. `public`: anyone can read the reply.
    `crisis`: the comment is in an open crisis room. A rule that names nothing holds for every reply.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    approvals: Literal[1, 2] = 1
    source: str | None = None
    topic: str | None = None
    urgency: Literal["low", "normal", "high"] | None = None
    sentiment: Literal["negative", "neutral", "positive"] | None = None
    audience: int | None = Field(default=None, ge=1)
    new_author_days: int | None = Field(default=None, ge=1)
    public: bool | None = None
    crisis: bool | None = None
