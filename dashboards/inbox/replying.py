"""The texts of the answer below a thread: writing it, having it reviewed, sending it."""

from typing import Any

from dashboards.speech import Speech


def texts(say: Speech) -> dict[str, Any]:
    """Every text of the reply editor, by name. `{…}` is filled in there."""
    _ = say.text
    return {
        "locale": say.language,
        **_writing(say),
        **_beginnings(say),
        **_reviewing(say),
        **_sending(say),
        "coach": _("Writing coach"),
        "coach_empty": _("Write something: the coach looks at it as you write. Nothing leaves this machine."),
        "met_of": _("{n} of {of}"),
        "met": _("There"),
        "lacking": _("Missing"),
        "writing": _("Writing"),
        "apology": _("Apology"),
        "show_words": _("Show these words in the text"),
    }


def _writing(say: Speech) -> dict[str, Any]:
    _ = say.text
    return {
        "answer": _("Answer"),
        "public": _("Anyone can read it."),
        "private": _("Only the customer reads it."),
        "mention": _("It begins with {mention}"),
        "saved": _("Saved"),
        "saving": _("Saving…"),
        "not_saved": _("Not saved: {why} Your text stays here; copy it before you leave this page."),
        "not_yet": _("Not saved yet: {why} Your text is kept on this device, and saving is tried again."),
        "unread": _("What was written before cannot be fetched: {why}"),
        "too_long": _("An answer has at most {most} characters. Take out {more}."),
        "no_text": _("There is no text yet."),
        "count": _("{n} characters"),
        "count_of": _("{n} of {most}"),
        "gone": _("The comment is gone from its channel; an answer may have nowhere to go."),
        "late": _("The channel took answers until {until}. Answer another way and record that."),
        "no_source": _("This source is not configured any more. Answer another way and record that."),
        "only_reads": _(
            "Comments of this source cannot be answered there. Answer another way and record that."
        ),
        "moved_on": _(
            "This changed while you were looking, and is shown as it is now. Nothing was done: look at it again."
        ),
        "superseded": _(
            "Another answer was approved or sent instead of yours. Your text is under Earlier texts."
        ),
        "thread_moved": _("The conversation changed while you were writing. Read it again before you send."),
        "discard": _("Discard"),
        "discarded": _("Discarded. The text is under Earlier texts."),
        "two_texts": _("There are two texts. Choose what becomes of them."),
        "answered_too": _("{who} answers this too. Nothing was sent, and your text is kept. Read both."),
        "left_here": _("This device has a text that was not saved, and the saved one is another."),
        "elsewhere_changed": _(
            "Your answer changed in another tab or on another device. Both texts are kept."
        ),
        "mine": _("Your text here"),
        "saved_there": _("The other text"),
        "state_by": _("{who}: {state}"),
        "keep_mine": _("Keep mine"),
        "take_theirs": _("Take the other"),
        "put_together": _("Put both together"),
    }


def _beginnings(say: Speech) -> dict[str, Any]:
    _ = say.text
    return {
        "canned": _("Canned replies"),
        "suggested": _("Suggestions"),
        "n_suggested": _("Suggestions ({n})"),
        "earlier": _("Earlier texts"),
        "fetching": _("One moment…"),
        "no_canned": _("There are no canned replies yet."),
        "no_suggested": _("The team has not answered a comment like this one yet."),
        "no_earlier": _("You have not written anything here yet."),
        "suggested_from": _(
            "Suggestions: what the team answered to similar comments. Read them before you use one."
        ),
        "suggestion_key": _("Suggestion {n} (Alt+{n})"),
        "ask_model": _("Ask the model"),
        "model_writes": _("{model} is writing…"),
        "written_by": _("Written by {model} – read it before you use it"),
        "model_problems": {
            "422": _("{model} cannot be asked: {why}"),
            "502": _("{model} cannot be asked: {why}"),
            "503": _("{model} gave no answer. Ask it again in a moment, or write without it."),
        },
        "began_with": _("This began with a suggestion; whoever reviews it sees what you changed."),
        "answered": _("answered {when}"),
        "uses": _("used {n} times"),
        "missing": _("Fill in what is missing: {names}"),
        "put_aside": _("put aside, not saved"),
        "elsewhere": _("Answered another way"),
        "elsewhere_how": _("Write above what you told the customer, and here how. It is recorded, not sent."),
        "via": _("How, such as phone"),
        "record": _("Record this answer"),
    }


def _reviewing(say: Speech) -> dict[str, Any]:
    _ = say.text
    return {
        "needs": say.forms("Needs {n} approval, because: {why}", "Needs {n} approvals, because: {why}"),
        "rules": {
            "all": _("every answer does"),
            "source": _("source {value}"),
            "topic": _("topic {value}"),
            "urgency": _("urgency: {value}"),
            "sentiment": _("sentiment: {value}"),
            "audience": _("{value} followers or more"),
            "new_author_days": _("you joined less than {value} days ago"),
            "public": _("anyone can read it"),
            "crisis": _("complaints about this are piling up"),
        },
        "ask": _("Ask for review"),
        "ask_anyway": _("Ask for review first"),
        "asked": _("Reviewers can see it now"),
        "states": {
            "draft": _("is writing"),
            "in_review": _("waits for review"),
            "changes_requested": _("was asked for changes"),
            "approved": _("approved"),
            "queued": _("is about to leave"),
            "sending": _("is being sent"),
            "sent": _("sent"),
            "unknown": _("may have arrived"),
        },
        "own": {
            "draft": _("Not before reviewers any more"),
            "in_review": _("Waits for review. Changing the text takes it back."),
            "changes_requested": _("A reviewer asks for changes"),
            "approved": _("Approved as it reads now. Changing it needs approval again."),
        },
        # What the store writes down by itself, word for word.
        "whys": {
            "The text changed; ask for review again.": _("The text changed; ask for review again."),
            "The thread changed since this was approved; it has to be reviewed again.": _(
                "The thread changed since this was approved; it has to be reviewed again."
            ),
            "The sender ended before it knew what became of it.": _(
                "The sender ended before it knew what became of it."
            ),
        },
        "decisions": {
            "ask": _("{who} asked for review {when}"),
            "approve": _("{who} approved {when}"),
            "changes": _("{who} asked for changes {when}"),
            "void": _("The approval ended {when}"),
        },
        "compare": _("Compare"),
        "whole": _("The text"),
        "since_last": _("Since the last review"),
        "since_suggestion": _("Since the suggestion"),
        "approved_by": _("Approved by {who}"),
        "remark": _("Remark"),
        "remark_on": _("Remark on line {n}"),
        "on_line": _("Line {n}"),
        "why": _("What you want to say about it"),
        "say_what": _("Say what should change, in a word or on a line."),
        "approve": _("Approve"),
        "ask_changes": _("Ask for changes"),
    }


def _sending(say: Speech) -> dict[str, Any]:
    _ = say.text
    return {
        "send": _("Send"),
        "main_key": _("Ctrl+Enter"),
        "leaves": _("Leaves in {n} s"),
        "waits": _("Could not be sent yet; it is tried again by itself."),
        "fates": {
            "sending": _("On its way…"),
            "failed": _("It was not sent."),
            "unknown": _(
                "It left, and the channel gave no answer. It is looked for there; it is never sent twice."
            ),
        },
        "was_sent": _("{who} answered {when}."),
        "given": _("{who} answered {when}: {via}."),
        "reply_by": _("Answer by {who}"),
        "see": _("See it on the channel"),
        "undo": _("Undo"),
        "again": _("Try again"),
        "rewrite": _("Take it back and rewrite it"),
        "found": _("I found it there"),
        "not_there": _("It is not there"),
        "too_early": _("It may still arrive. Look again ten minutes after it left, and say then."),
        "another": _("Write another answer"),
        "edit": _("Change it on the channel"),
        "delete": _("Delete it on the channel"),
        "sent_text": _("The text on the channel"),
        "change": _("Change it"),
        "cancel": _("Leave it as it is"),
        "really": _("Nobody will see this answer on the channel any more. Its text is kept here."),
        "being_changed": _("Being changed on the channel…"),
        "being_deleted": _("Being deleted on the channel…"),
        "not_changed": _("It was not changed: {why}"),
    }
