"""The pages through Streamlit's own test driver, on a real store; components are drawn in test_in_browser."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from curation.api.serving import Served
from curation.config import Config, edit, load, save_source
from curation.store import sources
from dashboards import narrowing
from tests.conftest import START, land, notice
from tests.dashboards.conftest import Open, words


def test_an_empty_store_says_what_to_do_next(opened: Open):
    assert "There is nothing to count yet" in words(opened("overview"))
    assert "tribune sources add" in words(opened("sources"))


def test_widgets_follow_the_address(opened: Open, served: Served):
    land(served.store, [notice("a", "Late again")])
    app = opened("overview", sentiment="negative", q="late", since="2026-11-01")
    assert app.session_state["filter_sentiment"] == ["negative"]
    app.multiselect(key="filter_language").set_value(["fr"]).run()
    assert app.query_params["language"] == "fr"
    assert app.query_params["q"] == "late"
    assert app.query_params["sentiment"] == "negative"


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


def tagged(served: Served) -> None:
    """Three comments with tags, one of them corrected and one confirmed."""
    import pyarrow as pa

    from curation import arrow
    from curation.actions import comments, taxonomy
    from curation.models import LOCAL
    from curation.store import tags

    land(served.store, [notice(f"k{n}", f"The parcel is late, {n}") for n in range(3)])
    taxonomy.active(served.store)
    rows = [
        {"comment_id": id, "version": 1, "name": name, "value": value, "score": 0.8, "unsure": id == 3}
        for id in (1, 2, 3)
        for name, value in (
            ("language", "en"),
            ("sentiment", "positive"),
            ("intent", "none"),
            ("topic", "delivery.late"),
        )
    ]
    tags.save_tags(served.store, "test", "v1", pa.Table.from_pylist(rows, schema=arrow.TAGS))
    comments.correct(served.store, LOCAL, 1, "sentiment", "negative")
    comments.confirm(served.store, LOCAL, 2)


def test_quality_is_told_from_what_people_said(opened: Open, served: Served):
    tagged(served)
    app = opened("quality")
    assert [(one.label, one.value) for one in app.metric][:2] == [("Language", "100%"), ("Sentiment", "50%")]
    assert "The parcel is late, 2" in words(app)
    assert "Sentiment: Positive, meant was Negative" in words(app)


def test_quality_of_an_empty_store_says_what_to_do(opened: Open):
    assert "Nobody has judged a tag yet" in words(opened("quality"))


def test_a_topic_is_added_after_a_look_and_taken_back(opened: Open, served: Served):
    from curation.actions import taxonomy
    from curation.models import LOCAL
    from curation.store import indexing

    tagged(served)
    indexing.catch_up(served.store)
    app = opened("topics")
    app.segmented_control(key="topics_action").set_value("add").run()
    by_label = {one.label: one for one in app.text_input}
    by_label["Id: a-z, 0-9 and -"].set_value("parcels")
    by_label["Name, English"].set_value("Parcels")
    by_label["Name, French"].set_value("Colis")
    next(one for one in app.text_area if one.label == "Phrases, one a line, English").set_value("parcel")
    next(one for one in app.button if one.label == "Preview").click()
    app.run()
    assert "3 comments will show other topics" in words(app)
    assert "parcels" not in taxonomy.active(served.store)
    app.button(key="carry_out").click().run()
    assert "Done: 3 comments show other topics." in words(app)
    assert "parcels" in taxonomy.active(served.store)
    version = taxonomy.current(served.store, LOCAL)["version"]
    app.button(key=f"undo_{version}").click().run()
    assert "parcels" not in taxonomy.active(served.store)


def test_what_was_typed_is_not_written_over_what_a_topic_became():
    def page() -> None:
        import streamlit as st

        from dashboards import editing
        from dashboards.speech import Speech

        tables = {"a": st.session_state.topic}
        st.session_state.made = editing.form(Speech("en"), "edit", "a", tables, {"a": "A"})

    topic = {"id": "a", "name": {"en": "A", "fr": "A"}, "phrases": {"en": ["one"]}}
    app = AppTest.from_function(page)
    app.session_state["topic"] = topic
    app.run()
    next(one for one in app.text_area if one.label == "Phrases, one a line, English").set_value("mine")
    app.button[0].click().run()
    assert app.session_state["made"].phrases == {"en": ["mine"]}
    app.session_state["topic"] = {**topic, "phrases": {"en": ["theirs"]}}
    app.run()
    app.text_input[0].set_value("B")
    app.button[0].click().run()
    assert app.session_state["made"].model_dump(exclude_defaults=True) == {
        "action": "edit",
        "id": "a",
        "name": {"en": "B", "fr": "A"},
    }


def test_who_was_slower_keeps_the_preview(opened: Open, served: Served):
    from curation.actions import taxonomy
    from curation.actions.editing import Edit
    from curation.models import LOCAL

    tagged(served)
    app = opened("topics")
    app.segmented_control(key="topics_action").set_value("add").run()
    by_label = {one.label: one for one in app.text_input}
    by_label["Id: a-z, 0-9 and -"].set_value("parcels")
    by_label["Name, English"].set_value("Parcels")
    by_label["Name, French"].set_value("Colis")
    next(one for one in app.button if one.label == "Preview").click()
    app.run()
    edit = Edit(action="edit", id="delivery", name={"en": "Post", "fr": "Poste"})
    taxonomy.edit(served.store, LOCAL, edit)
    app.button(key="carry_out").click().run()
    assert "Somebody changed the topics meanwhile." in words(app)
    app.button(key="carry_out").click().run()
    assert taxonomy.active(served.store).keys() >= {"parcels"}


def test_an_edit_that_cannot_be_is_said(opened: Open):
    app = opened("topics")
    app.segmented_control(key="topics_action").set_value("add").run()
    next(one for one in app.text_input if one.label == "Id: a-z, 0-9 and -").set_value("Not An Id")
    next(one for one in app.button if one.label == "Preview").click()
    app.run()
    assert "id: only a-z" in words(app)


def test_themes_are_shown_and_one_becomes_a_topic(opened: Open, served: Served):
    from curation.actions import taxonomy, themes
    from curation.models import LOCAL
    from curation.store import indexing

    tagged(served)
    indexing.catch_up(served.store)
    assert "Nobody has looked for themes yet" in words(opened("themes"))
    about = {"comments": 3, "sources": {"survey": 3}, "quotes": [1, 2, 3]}
    theme = {
        **about,
        "id": "parcel",
        "name": "Parcel",
        "language": "en",
        "words": ["parcel"],
        "phrases": ["parcel"],
    }
    theme |= {"negative": 0.5, "weeks": [0, 1, 2]}
    campaign = {
        **about,
        "people": 2,
        "first": "2026-11-01",
        "last": "2026-11-02",
    }
    body = {"days": 90, "comments": 3, "uncovered": 3, "themes": [theme], "campaigns": [campaign]}
    themes.save(served.store, LOCAL, themes.Look.model_validate(body))
    app = opened("themes")
    assert "“The parcel is late, 0”" in words(app)
    app.button(key="adopt_parcel").click().run()
    assert "The topic Parcel was made. 3 comments are about it." in words(app)
    assert "parcel" in taxonomy.active(served.store)
    assert "Covered by the topic Parcel" in words(app)
