"""The door for webhooks: `/hooks/<source>`, outside of `/api`, since a signature stands in for a token there."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from curation.actions import hooks
from curation.api import answers
from curation.errors import Invalid, TribuneError
from curation.store import Store

MOST = 4 * 1024 * 1024


async def take(store: Store, request: Request) -> Response:
    """Take one delivery. Answers 200 with counts, 403 for a signature that does not hold, 404, 422."""
    try:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST:
                raise Invalid(f"A delivery has at most {MOST >> 20} MB.")
        source = request.path_params["source"]
        found = await run_in_threadpool(hooks.take, store, source, request.headers, bytes(body))
        return answers.json(found)
    except TribuneError as error:
        return answers.problem(request, error)
