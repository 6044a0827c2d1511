"""The route for coaches: what a draft lacks, before anybody sends it."""

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from curation.actions import coaching
from curation.actions.answering import LONGEST
from curation.api import answers
from curation.api.auth import Caller, TheStore
from curation.api.reading import Comment

router = APIRouter()


class Text(BaseModel):
    """A reply as it stands now."""

    text: str = Field(max_length=LONGEST)


@router.post("/comments/{comment}/coach", summary="What a draft lacks, and whether its apology is one")
def coach(
    store: TheStore, who: Caller, comment: Comment, draft: Text, language: Literal["en", "fr"] = "en"
) -> Response:
    """`advice`, `apology` and its `score`; `spans` are [begin, end] in characters (code points). Nothing is kept."""
    return answers.json(coaching.coached(store, who, comment, draft.text, language))
