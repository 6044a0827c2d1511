"""When complaints are a crisis, and who has to agree to what is said then."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Crisis(BaseModel):
    """What opens a crisis room by itself, and the approvals its texts need.

    `opens`: whether any does. `least` and `times`: see `curation.crisis.spikes`. `approvals`: of the statement, by others than
    its writer; `answers`: of each answer to a person in the crisis. 0 is for who works alone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    opens: bool = True
    least: int = Field(default=15, ge=5)
    times: float = Field(default=3, ge=1.5)
    approvals: Literal[0, 1, 2] = 2
    answers: Literal[0, 1, 2] = 1
