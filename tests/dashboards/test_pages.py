"""The pages through Streamlit's own test driver, on a real store; components are drawn in test_in_browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from curation.api.serving import Served
from curation.config import Config, edit, load, save_source
from curation.store import sources
from dashboards import narrowing, serving
from tests.conftest import START, land, notice

ROUTER = Path(serving.__file__).parent / "router.py"

Open = Callable[..., AppTest]


@pytest.fixture
def opened(served: Served, config: Config) -> Iterator[Open]:
    """Open a page of the app on a fresh store."""
    serving.hold(served, config)

    def open_page(page: str = "", **params: str) -> AppTest:
        app = AppTest.from_file(str(ROUTER), default_timeout=20)
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


def test_an_empty_store_says_what_to_do_next(opened: Open):
    assert "There is nothing to count yet" in words(opened("overview"))
    assert "tribune sources add" in words(opened("sources"))


def test_widgets_follow_the_address(opened: Open, served: Served):
    land(served.store, [notice("a", "Late again")])
    app = opened(sentiment="negative", q="late", since="2026-11-01")
    assert app.session_state["filter_sentiment"] == ["negative"]
    assert app.text_input[0].value == "late"
    app.text_input[0].set_value("early").run()
    assert app.query_params["q"] == "early"
    assert app.query_params["sentiment"] == "negative"


def test_a_search_that_cannot_be_read_is_said_plainly(opened: Open):
    app = opened(q="since:yesterday")
    assert "A date is written 2026-11-23" in words(app)


def test_a_source_is_paused_and_gets_another_schedule(opened: Open, config: Config):
    add(config.home)
    app = opened("sources")
    app.button(key="pause_survey").click().run()
    assert load(config.home).source("survey").paused
    assert "Paused" in " ".join(str(html.value) for html in app.get("html"))


def test_a_failing_source_shows_its_error_as_text(opened: Open, served: Served, config: Config):
    add(config.home)
    land(served.store, [notice("a", "text")])
    sources.add_run(served.store, "pull", "survey", START, 1.0, {}, "![no](http://127.0.0.1:9/x.png)")
    app = opened("sources")
    assert [code.value for code in app.code] == ["![no](http://127.0.0.1:9/x.png)"]


def test_a_broken_configuration_is_said_and_keeps_nobody_from_reading(
    opened: Open, served: Served, config: Config
):
    add(config.home)
    land(served.store, [notice("a", "text")])
    with config.file.open("a") as file:
        file.write("this is [ not = toml\n")
    narrowing.source_names.clear()
    assert "is not valid TOML" in words(opened("sources"))
    assert "TOML" not in words(opened())


def test_running_without_prefect_says_what_to_start(opened: Open, config: Config):
    add(config.home)
    with edit(config.home) as document:
        document["flows"] = {"prefect_port": 9}
    app = opened("sources")
    app.button(key="run_survey").click().run()
    assert "Prefect does not answer" in words(app)


def add(home: Path) -> None:
    save_source("survey", "file", {"path": "/nowhere.csv"}, {"cron": "*/5 * * * *"}, home)
