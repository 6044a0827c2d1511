"""What a page asks others to do: the pipeline, over the app's own API, and Prefect, over its own.

Flows are never imported here: a run starts in the flow runner, or not at all.
"""

import httpx

from curation import config as configuration
from curation import pipeline
from curation.client import running
from curation.errors import TryAgain
from dashboards import serving

FLOW = "pull"
SECONDS = 5


def replay(name: str) -> dict[str, int]:
    """Normalise a source's refused records again; return what that changed. Raises TribuneError."""
    config = configuration.load(serving.config().home)
    with running(config) as client:
        counts = pipeline.replay(client, config, name, only_refused=True)
    return {"new": counts.new, "changed": counts.changed, "refused": counts.refused}


def run_now(name: str) -> None:
    """Ask Prefect to pull a source at once, beside its schedule. Raises TryAgain where it does not answer."""
    address = f"{prefect()}/api/deployments"
    try:
        with httpx.Client(timeout=SECONDS, trust_env=False) as http:
            found = http.get(f"{address}/name/{FLOW}/{name}").raise_for_status().json()
            http.post(
                f"{address}/{found['id']}/create_flow_run", json={"state": {"type": "SCHEDULED"}}
            ).raise_for_status()
    except httpx.HTTPStatusError as error:
        if error.response.status_code == httpx.codes.NOT_FOUND:
            raise TryAgain(
                f"The flow runner does not know {name} yet. A new source is scheduled within 10 seconds."
            ) from error
        raise TryAgain(f"Prefect answered {error.response.status_code} when asked to run {name}.") from error
    except httpx.HTTPError as error:
        raise TryAgain(
            f"Prefect does not answer on {prefect()}. Start everything with: tribune up"
        ) from error


def prefect() -> str:
    """Where Prefect's own pages and API are."""
    return f"http://127.0.0.1:{serving.config().flows.prefect_port}"
