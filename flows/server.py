"""Prefect's own server, on loopback, in this process: no shell, no second process to lose."""

import uvicorn
from prefect.server.api.server import create_app
from starlette.middleware.trustedhost import TrustedHostMiddleware

from curation.config import Config


def serve(config: Config) -> int:
    """Serve Prefect's API and pages until SIGTERM; a run in progress does not hold the stop up."""
    # A page on another site may point its own name at 127.0.0.1; the Host header gives it away.
    app = TrustedHostMiddleware(create_app(final=True), ["127.0.0.1", "localhost"])
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=config.flows.prefect_port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
    return 0
