"""One Prefect server for all tests that need one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from curation.config import Config
from flows.reconcile import ensure_pool
from flows.rest import Prefect
from flows.runner import job_template
from tests.flows import started
from tests.patience import PATIENCE


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database of Prefect's, to copy."""
    cache = request.config.cache
    assert cache is not None
    return started.migrated(cache.mkdir("prefect"), tmp_path_factory.mktemp("migrating") / "home")


@pytest.fixture(scope="session")
def served_home(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """A home whose Prefect server runs, without a runner."""
    home = tmp_path_factory.mktemp("prefect") / "home"
    config = started.with_database(started.new_home(home), database)
    with started.server(config) as prefect:
        ensure_pool(prefect, job_template(config))
        yield config


@pytest.fixture
def prefect(served_home: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Prefect]:
    """A client of that server, the home's own, and no source in it."""
    monkeypatch.setenv("TRIBUNE_HOME", str(served_home.home))
    file = served_home.file
    before = file.read_text()
    with Prefect(served_home, PATIENCE) as client:
        yield client
        for run in client.all("/flow_runs/filter"):
            client.call("DELETE", f"/flow_runs/{run['id']}")
        for held in client.deployments().values():
            client.call("DELETE", f"/deployments/{held['id']}")
    file.write_text(before)
