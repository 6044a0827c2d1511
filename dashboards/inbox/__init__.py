"""The inbox component: filters, list and detail, in the browser, fed by the API."""

from typing import Any

from curation.models import SENTIMENTS
from dashboards.inbox import filtering, replying, triaging
from dashboards.speech import Speech

STATUSES = ("new", "open", "pending", "resolved", "spam")
"""What a person may set by hand; snoozed needs a time and comes with its own control."""


def names(say: Speech) -> dict[str, dict[str, str]]:
    """Name every sentiment, status, intent, urgency, head and role."""
    _ = say.text
    return {
        "sentiments": dict(zip(SENTIMENTS, (_("Negative"), _("Neutral"), _("Positive")), strict=True)),
        "statuses": {
            "new": _("New"),
            "open": _("Open"),
            "pending": _("Pending"),
            "snoozed": _("Snoozed"),
            "resolved": _("Resolved"),
            "spam": _("Spam"),
        },
        "intents": {
            "complaint": _("Complaint"),
            "question": _("Question"),
            "request": _("Request"),
            "praise": _("Praise"),
            "suggestion": _("Suggestion"),
            "cancellation": _("Cancellation"),
            "thanks": _("Thanks"),
            "spam": _("Advertising"),
            "none": _("Statement"),
        },
        "urgencies": {"low": _("Can wait"), "normal": _("Usual"), "high": _("Urgent")},
        "heads": {
            "language": _("Language"),
            "sentiment": _("Sentiment"),
            "topic": _("Topic"),
            "intent": _("Intent"),
            "urgency": _("Urgency"),
        },
        "roles": {"customer": _("Customer"), "team": _("Team"), "automatic": _("Automatic")},
    }


def texts(say: Speech) -> dict[str, Any]:
    """Every text the component shows. `{…}` is filled in there."""
    _ = say.text
    return {
        **names(say),
        **filtering.texts(say),
        **triaging.texts(say),
        "comments": _("Comments"),
        "comment": _("Comment"),
        "counts": {
            "likes": say.forms("{n} like", "{n} likes"),
            "reposts": say.forms("{n} repost", "{n} reposts"),
            "replies": say.forms("{n} reply", "{n} replies"),
            "score": say.forms("score of {n}", "score of {n}"),
            "views": say.forms("{n} view", "{n} views"),
            "followers": say.forms("{n} follower", "{n} followers"),
        },
        "n_comments": say.forms("{n} comment", "{n} comments"),
        "n_people": say.forms("{n} person", "{n} people"),
        "more": _("Load more"),
        "nothing": _("Choose a comment to read it."),
        "nobody": _("No name"),
        "untagged": _("Not tagged yet"),
        "no_topic": _("No topic"),
        "edited": _("edited"),
        "deleted": _("deleted at the source"),
        "rating": _("Rating {n}"),
        "rating_short": _("★ {n}"),
        "back": _("Back to the list"),
        "original": _("Original:"),
        "same_person": _("All by this person"),
        "status": _("Status"),
        "conflict": _("Someone set this to {theirs} while you were looking. You chose {mine}."),
        "keep_theirs": _("Keep {status}"),
        "use_mine": _("Set to {status}"),
        "saved": _("Saved"),
        "not_saved": _("Not saved: {why}"),
        "offline": _("The dashboard does not answer. It may have been stopped, or is restarting."),
        "problems": {
            "401": _("This page is too old. Reload it."),
            "403": _("You may not do this."),
            "404": _("It is not kept any more."),
            "413": _("This is too much at once. Nothing was changed: take some of it out, and try again."),
            "503": _("Too much is asked at once. Try again in a moment."),
            "507": _("The disk is full. Nothing was changed."),
        },
        "tags": _("Tags"),
        "sentiment": _("Sentiment"),
        "topics": _("Topics"),
        "language": _("Language"),
        "intent": _("Intent"),
        "urgency": _("Urgency"),
        "entities": _("Named in it"),
        "kinds": {"name": _("Name"), "amount": _("Amount"), "order": _("Order"), "date": _("Date")},
        "unsure": _("Unsure"),
        "unsure_of": _("Unsure: {heads}"),
        "why": _("Why?"),
        "why_not": _("Hide why"),
        "asking": _("Looking for the words that weighed most…"),
        "not_explained": _("Not explained: {why}"),
        "no_words": _("No single word weighed much."),
        "speaks_for": _("for it"),
        "speaks_against": _("against it"),
        "undetermined": say.language_name("und"),
        "because": _("because of"),
        "by_person": _("Set by {who}, {when}"),
        "tagger_said": _("The tagger said {value}:"),
        "undo": _("Take this back"),
        "confirm": _("All tags are right"),
        "confirmed": _("Confirmed {when}"),
        "remove": _("Remove the topic {topic}"),
        "add_back": _("Put back the topic {topic}"),
        "removed_by": _("Removed by {who}"),
        "add_topic": _("Add a topic"),
        "in_thread": _("Messages in this conversation: {n}"),
        "whole_thread": _("Show all {n} messages"),
        "show_rest": _("Show more of this text"),
        "versions": _("Earlier versions: {n}"),
        "until": _("Until {when}"),
        "attributes": _("Further fields"),
        "raw": _("As received"),
        "received": _("Received {when}"),
        "reply": replying.texts(say),
    }
