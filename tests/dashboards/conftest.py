"""What tests of pages share: a page of the app on a fresh store, a browser, and what a person reads on it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from curation.api.serving import Served
from curation.config import Config
from dashboards import serving
from tests.patience import PATIENCE

ROUTER = Path(serving.__file__).parent / "router.py"

Open = Callable[..., AppTest]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """One browser for all tests of a module."""
    from tests.dashboards.browser import launched

    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def fetched() -> Iterator[tuple[str, list[str]]]:
    """A picture's address, and every request that was made for it."""
    from tests.dashboards.browser import counted_picture

    with counted_picture() as given:
        yield given


@pytest.fixture
def opened(served: Served, config: Config) -> Iterator[Open]:
    """Open a page of the app on a fresh store."""
    serving.hold(served, config)

    def open_page(page: str = "", **params: str) -> AppTest:
        app = AppTest.from_file(str(ROUTER), default_timeout=PATIENCE)
        for name, value in params.items():
            app.query_params[name] = value
        app.run()
        if page:
            app.switch_page(f"views/{page}.py").run()
        assert not app.exception
        return app

    yield open_page
    serving.release()


def words(app: AppTest) -> str:
    """Everything a person reads outside of components."""
    kinds = (app.title, app.subheader, app.markdown, app.text, app.code, app.caption)
    return "\n".join(str(element.value) for kind in kinds for element in kind)
