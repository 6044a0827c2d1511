"""Put the API together."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from curation.api import (
    activity,
    answers,
    changing,
    coaching,
    collecting,
    crises,
    drafting,
    feeding,
    following,
    learning,
    members,
    noticing,
    reading,
    replying,
    reviewing,
    topics,
    triaging,
    watching,
)
from curation.errors import TribuneError
from curation.store import Store


def create_api(store: Store, token: str) -> FastAPI:
    """Make the API over `store`; `token` is this machine's own, which may do everything."""
    api = FastAPIOffline(
        title="Tribune", version="1", summary="Land, tag, search, curate and export customer feedback"
    )
    api.state.store = store
    api.state.token = token
    api.include_router(topics.router, tags=["topics"])
    api.include_router(reading.router, tags=["comments and sources"])
    api.include_router(triaging.router, tags=["triage"])
    api.include_router(following.router, tags=["triage"])
    api.include_router(replying.router, tags=["replies"])
    api.include_router(changing.router, tags=["replies"])
    api.include_router(drafting.router, tags=["replies"])
    api.include_router(coaching.router, tags=["replies"])
    api.include_router(reviewing.router, tags=["replies"])
    api.include_router(collecting.router, tags=["collections"])
    api.include_router(noticing.router, tags=["triage"])
    api.include_router(watching.router, tags=["watching"])
    api.include_router(crises.router, tags=["crises"])
    api.include_router(feeding.router, tags=["flows and care"])
    api.include_router(learning.router, tags=["learning"])
    api.include_router(members.router, tags=["members"])
    api.include_router(activity.router, tags=["members"])
    api.add_exception_handler(TribuneError, answers.problem)
    api.add_exception_handler(RequestValidationError, answers.invalid)
    api.add_exception_handler(HTTPException, answers.astray)
    api.add_exception_handler(Exception, answers.fault)
    return api
