"""Whatever is asked of the API, it is no fault of ours: requests that schemathesis makes of the schema, right and wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from httpx2 import InvalidURL
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from curation import config
from curation.api import create_api, opened
from curation.models import STATUSES
from curation.store import Store, access
from tests.dashboards.started import fill

SCHEMA = schemathesis.openapi.from_dict(create_api(None, "").openapi())  # type: ignore[arg-type]
OPERATIONS = {one.ok().label: one.ok() for one in SCHEMA.get_all_operations()}
EXAMPLES = 12

once = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Asked:
    """The app over a store with something in it, and names and numbers that mean something there."""

    client: TestClient
    known: Mapping[str, Sequence[Any]]

    def __call__(self, method: str, path: str, **given: Any) -> None:
        try:
            answer = self.client.request(method, path, **given)
        except InvalidURL:  # Longer than any client sends.
            reject()
        # 503 asks to come again, and says when.
        assert answer.status_code < 500 or "retry-after" in answer.headers, answer.text


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    home = tmp_path_factory.mktemp("fuzz") / "home"
    config.ensure_home(home)
    config.save_source("talk", "webhook", {"secret": "hush"}, path=home)
    with opened(config.load(home)) as served:
        fill(served.store, "http://127.0.0.1:9/pixel")
        access.create_token(served.store, "test", "ana", ["read"])
        with TestClient(create_api(served.store, served.token), raise_server_exceptions=False) as client:
            client.headers["authorization"] = f"Bearer {served.token}"
            yield Asked(client, known(served.store, home))


def known(store: Store, home: Any) -> dict[str, Sequence[Any]]:
    """Give values by the name of a parameter or a field; any other has small numbers and a word."""
    comments = [
        id for (id,) in store.read().execute("select id from comment order by id desc limit 5").fetchall()
    ]
    threads = store.read().execute("select thread_id from comment order by id desc limit 5").fetchall()
    return {
        "comment": comments,
        "ids": [comments],
        "thread": [str(id) for (id,) in threads],
        "others": [[str(id)] for (id,) in threads],
        "source": ["talk", "plain", "nowhere"],
        "status": STATUSES,
        "to": ["ana", None],
        "language": ["en", "fr"],
        "topic": ["delivery", "delivery.late"],
        "version": [0, 1, 2],
        # A copy is written where it is told to.
        "file": [str(home / "copy.duckdb"), str(home / "copy.parquet")],
    }


FEW = [1, 2, "1", "a"]
FREE = {"file"}
"""Fields whose values are always known ones."""


def made(ask: Asked, label: str, data: st.DataObject) -> Any:
    """Draw a request to an operation; about half of its names and numbers mean something."""
    mode = data.draw(
        st.sampled_from([GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    )
    case = data.draw(OPERATIONS[label].as_strategy(generation_mode=mode))
    for name in case.path_parameters or {}:
        if data.draw(st.booleans()):
            case.path_parameters[name] = str(data.draw(st.sampled_from(ask.known.get(name, FEW))))
    if isinstance(case.body, dict):
        for name in case.body:
            if name in ask.known and (name in FREE or data.draw(st.booleans())):
                case.body[name] = data.draw(st.sampled_from(ask.known[name]))
    return case


@pytest.mark.parametrize("label", OPERATIONS)
@once
@given(data=st.data())
def test_no_request_is_a_fault(ask: Asked, label: str, data: st.DataObject) -> None:
    case = made(ask, label, data)
    given = case.as_transport_kwargs(base_url="http://testserver")
    wanted = {name: given[name] for name in ("params", "json", "data", "headers") if name in given}
    if "data" in wanted:
        wanted["content"] = wanted.pop("data")
    ask(given["method"], given["url"].removeprefix("http://testserver"), **wanted)
