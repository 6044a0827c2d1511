"""The team's voice guide, which the writing coach holds replies against."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Annotated[str, Field(pattern="^(en|fr)$")]


class Voice(BaseModel):
    """How the team wishes to sound. `vision` is for people; `use` and `avoid` are words or phrases, by language.

    `formality`: how customers are addressed in French; empty: either, but not both. `ours`: addresses and numbers of the team's own,
    which anybody may read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    vision: str = ""
    use: dict[Language, tuple[str, ...]] = Field(default_factory=dict)
    avoid: dict[Language, tuple[str, ...]] = Field(default_factory=dict)
    formality: Literal["", "tu", "vous"] = ""
    ours: tuple[str, ...] = ()
