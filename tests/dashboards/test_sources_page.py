"""The Sources page: what is wrong with a source, another source, and what nobody pulls."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import pytest
from pydantic import SecretStr
from streamlit.testing.v1 import AppTest

from curation.api.serving import Served
from curation.config import Config, load, save_source
from curation.errors import Invalid
from curation.store import comments, sources, watching
from curation.store.connection import now
from curation.store.filters import Filter
from dashboards import asking
from dashboards.adding import about
from tests.conftest import land, notice
from tests.dashboards.conftest import Open, words

SECRET = "never to be shown again"


def html(app: AppTest) -> str:
    return " ".join(str(one.value) for one in app.get("html"))


def labelled(elements, label: str):
    return next(one for one in elements if one.label == label)


def chosen(app: AppTest, connector: str) -> AppTest:
    """Open the form for a connector."""
    app.session_state["adding_0"] = True
    app.run()
    app.selectbox(key="add_connector_0").set_value(connector).run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    labelled(app.button, label).click()
    app.run()
    assert not app.exception
    return app


@pytest.fixture
def shop(served: Served, config: Config) -> str:
    """A source that was pulled a moment ago, without trouble."""
    save_source("shop", "file", {"path": "/nowhere.csv"}, None, config.home)
    land(served.store, [notice("a", "Hello")], "shop")
    sources.add_run(served.store, "pull", "shop", now(), 1.0, {"pulled": 1}, None)
    return "shop"


def test_alerts_stand_on_the_card_the_worst_first_and_as_text(opened: Open, served: Served, shop: str):
    found = [
        (shop, "fields", "Other fields: <b>x</b> ![p](http://127.0.0.1:9/p.png)"),
        (shop, "drop", "3 comments where 50 are usual."),
        (shop, "odd", "Nobody knows this kind."),
    ]
    watching.keep_alerts(served.store, found)
    shown = html(opened("sources"))
    assert "Needs a look" in shown
    order = [
        shown.index(word) for word in ("Nobody knows", "Far fewer comments", "The channel’s answers changed")
    ]
    assert order == sorted(order)
    assert "&lt;b&gt;x&lt;/b&gt; ![p](" in shown and "<b>x</b>" not in shown


def test_a_gap_is_seen_and_gone(opened: Open, served: Served, shop: str):
    lost = {"stream": "gap s #1", "why": "The list ended *too* soon.", "cursor": None}
    land(served.store, [notice("b", "x")], shop, cursor={"at": 1}, gap=lost)
    watching.keep_alerts(served.store, [(shop, "gap", lost["why"])])
    app = opened("sources")
    assert "Something was missed" in html(app)
    assert [one.label for one in app.expander if "gap" in one.label] == ["1 gap"]
    app.session_state["gaps_shop"] = True
    app.run()
    assert "The list ended *too* soon. · found" in words(app)
    app.button(key="seen_gap_shop").click().run()
    assert "Something was missed" not in html(app)
    assert watching.alerts(served.store) == []


def test_a_gap_that_is_still_read_is_not_lost(opened: Open, served: Served, shop: str):
    gap = {"stream": "gap s #1", "why": "Too many at once.", "cursor": {"at": 7}}
    land(served.store, [notice("b", "x")], shop, cursor={"at": 1}, gap=gap)
    watching.keep_alerts(served.store, [(shop, "gap", gap["why"])])
    app = opened("sources")
    app.button(key="seen_gap_shop").click().run()
    assert "nothing is lost yet" in words(app)


def test_a_file_is_tried_then_added_then_removed(
    opened: Open, served: Served, config: Config, tmp_path: Path
):
    export = tmp_path / "export.csv"
    export.write_text(
        'id,text,created_at\n1,"![x](http://127.0.0.1:9/a.png)",2026-11-01\n2,Fine,2026-11-02\n'
    )
    app = chosen(opened("sources"), "file")
    labelled(app.text_input, "path").set_value(str(tmp_path / "none.csv"))
    press(app, "Try it")
    assert app.error[0].value == "This did not work"
    assert "none.csv" in words(app)
    labelled(app.text_input, "path").set_value(str(export))
    press(app, "Try it")
    assert "![x](http://127.0.0.1:9/a.png)" in [one.value for one in app.text]
    assert load(config.home).sources == {}
    assert not comments.count(served.store, Filter())["comments"]
    labelled(app.text_input, "Name (a-z, 0-9, - and _)").set_value("survey")
    press(app, "Add")
    assert "survey was added" in app.success[0].value
    assert load(config.home).source("survey").settings == {"path": str(export)}
    assert "Waiting for its first pull" in html(app)
    app.session_state["take_survey"] = True
    app.run()
    app.button(key="remove_survey").click().run()
    assert load(config.home).sources == {}
    assert "No source yet" in words(app)


def test_a_secret_is_kept_and_never_shown_again(opened: Open, config: Config):
    app = chosen(opened("sources"), "webhook")
    press(app, "Add")
    assert "Still needed: secret." in words(app)
    labelled(app.text_input, "secret").set_value(SECRET)
    labelled(app.text_area, "fields (one `key = value` a line)").set_value("text = data.body\nid = data.id")
    labelled(app.selectbox, "scheme").set_value("plain")
    press(app, "Try it")
    assert "the other service sends" in app.success[0].value
    press(app, "Add")
    made = load(config.home).source("webhook")
    assert made.settings == {"fields": {"text": "data.body", "id": "data.id"}, "scheme": "plain"}
    assert SECRET in (config.home / "secrets.toml").read_text()
    assert SECRET not in config.file.read_text()
    assert "/hooks/webhook" in html(app) and "Waiting for a first delivery" in html(app)
    assert "Schedule" not in html(app) and "Last pull" not in html(app)
    chosen_again = app.session_state["adding_round"]
    app.session_state[f"adding_{chosen_again}"] = True
    app.run()
    app.selectbox(key=f"add_connector_{chosen_again}").set_value("webhook").run()
    assert labelled(app.text_input, "secret").value == ""
    assert SECRET not in f"{words(app)}{html(app)}{[one.value for one in app.text_input]}"
    assert SECRET not in str(app.session_state)


def test_what_was_said_on_the_phone_is_entered_once(opened: Open, served: Served):
    app = opened("sources")
    app.session_state["entering"] = True
    app.run()
    press(app, "Enter")
    assert "There is no text yet." in words(app)
    labelled(app.text_area, "What was said").set_value("My parcel is late")
    labelled(app.text_input, "Who said it").set_value("Ana")
    labelled(app.selectbox, "Where (or a new name)").set_value("shop")
    press(app, "Enter")
    assert "It was entered" in app.success[0].value
    [row] = served.store.read().execute("select text, author from comment").fetchall()
    assert row[0] == "My parcel is late"
    assert labelled(app.text_area, "What was said").value == ""
    assert "Fed by hand" in html(app)


@dataclass(frozen=True, kw_only=True)
class Odd:
    """First.

    `url` is <b>bold</b>.
    """

    url: str
    token: SecretStr | None = None
    limits: tuple[int, ...] = (1, 2)
    exact: bool = True
    guess: bool | None = None
    way: Literal["a", "b"] | None = None
    size: int | None = None
    share: float = 0.5
    since: date | None = None
    names: dict[str, str] = field(default_factory=dict)
    timezone: str = "UTC"


def test_a_connector_s_fields_become_a_form_s():
    found = {one.name: (one.kind, one.required, one.options) for one in asking.asks(Odd)}
    assert found == {
        "url": ("text", True, ()),
        "token": ("secret", False, ()),
        "limits": ("list", False, ()),
        "exact": ("flag", False, ()),
        "guess": ("choice", False, (None, True, False)),
        "way": ("choice", False, (None, "a", "b")),
        "size": ("whole", False, ()),
        "share": ("number", False, ()),
        "since": ("day", False, ()),
        "names": ("table", False, ()),
    }
    assert about(Odd) == "<p>First.</p><p><code>url</code> is &lt;b&gt;bold&lt;/b&gt;.</p>"


def test_what_was_typed_becomes_settings_without_what_is_usual():
    asks = asking.asks(Odd)
    typed = {
        "url": " https://x ",
        "token": " spaces stay ",
        "limits": "1, 2",
        "exact": False,
        "guess": False,
        "share": 0.5,
        "names": "a = b\n\n",
    }
    kept, secrets = asking.settings(asks, typed)
    assert kept == {"url": "https://x", "exact": False, "guess": False, "names": {"a": "b"}}
    assert secrets == {"token": " spaces stay "}
    assert asking.settings(asks, {"limits": "3,4"})[0] == {"limits": [3, 4]}
    assert asking.lacking(asks, {}) == ["url"]
    with pytest.raises(Invalid, match="limits: Input should be a valid integer"):
        asking.settings(asks, {"limits": "many"})
    with pytest.raises(Invalid, match="names: 'a' is not of the form"):
        asking.settings(asks, {"names": "a"})


def test_a_key_of_several_lines_survives_a_field_of_one():
    body = "A" * 64 + "B" * 10
    key = f"-----BEGIN PRIVATE KEY-----\n{'A' * 64}\n{'B' * 10}\n-----END PRIVATE KEY-----\n"
    assert asking.whole(f"-----BEGIN PRIVATE KEY-----{body}-----END PRIVATE KEY-----") == key
    assert asking.whole(key) == key
    assert asking.whole("plain -----BEGIN") == "plain -----BEGIN"


def test_an_alert_that_a_good_pull_ended_is_not_shown():
    from dashboards.health import open_alerts

    at = now()
    row = {"error": None, "silent": None, "last_good_pull": at, "last_new": at}
    old = {"kind": "failing", "raised_at": at - timedelta(minutes=5)}
    assert open_alerts({**row, "alerts": [old]}) == []
    assert open_alerts({**row, "error": "no", "alerts": [old]}) == [old]
