"""Put the API together."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException

from curation.api import answers, feeding, learning, reading, topics
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
    api.include_router(feeding.router, tags=["flows and care"])
    api.include_router(learning.router, tags=["learning"])
    api.add_exception_handler(TribuneError, answers.problem)
    api.add_exception_handler(RequestValidationError, answers.invalid)
    api.add_exception_handler(HTTPException, answers.astray)
    api.add_exception_handler(Exception, answers.fault)
    return api
