"""Routes for members, and for what the caller may do."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field
from starlette.responses import Response

from curation.actions import members
from curation.api import answers
from curation.api.auth import Caller, TheStore

router = APIRouter()

Name = Annotated[str, Path(max_length=100)]
Roles = Annotated[list[str], Field(min_length=1, max_length=20)]


class Member(BaseModel):
    """`roles`: any of reader, writer, agent, reviewer, curator, administrator."""

    email: str = Field(max_length=200)
    roles: Roles


class Change(BaseModel):
    """`was`: the roles the decision was based on; 409 with those of now where they are others."""

    roles: Roles
    was: list[str] | None = None


@router.get("/me", summary="Who calls, and what they may do")
def me(who: Caller) -> Response:
    """`name` and `permissions`."""
    return answers.json({"name": who.name, "permissions": sorted(who.permissions)})


@router.get("/members", summary="List members")
def listed(store: TheStore, who: Caller) -> Response:
    """With roles, since when, and their last sign-in."""
    return answers.json(members.listed(store, who))


@router.post("/members", summary="Make somebody a member")
def add(store: TheStore, who: Caller, given: Member) -> Response:
    """Answers with the name: the address in small letters."""
    return answers.json({"name": members.add(store, who, given.email, given.roles)}, 201)


@router.post("/members/{name}/roles", summary="Give a member other roles")
def set_roles(store: TheStore, who: Caller, name: Name, given: Change) -> Response:
    """They hold from the next request on. 422 where nobody would administer any more."""
    members.set_roles(store, who, name, given.roles, given.was)
    return answers.json({})


@router.delete("/members/{name}", summary="Take a member out, at once")
def remove(store: TheStore, who: Caller, name: Name) -> Response:
    """What they did stays under their name. 422 where nobody would administer any more."""
    members.remove(store, who, name)
    return answers.json({})
