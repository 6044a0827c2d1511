"""The texts of triage in the inbox: keys, deeds, the queue, notes, views, and what others do meanwhile."""

from typing import Any

from dashboards.speech import Speech


def texts(say: Speech) -> dict[str, Any]:
    """Every text of triage. `{…}` is filled in by the component."""
    return keys(say) | queue(say) | menus(say) | told(say) | side_by_side(say) | many(say) | views(say)


def keys(say: Speech) -> dict[str, Any]:
    """Name every key, in the help and on its button."""
    _ = say.text
    return {
        "keys_line": _("j k move · c claim · e resolve · s snooze · u undo · ? all keys"),
        "help": _("All keys"),
        "key_groups": {
            "move": _("Find the way"),
            "thread": _("Conversation"),
            "tags": _("Tags"),
            "many": _("Several, and back"),
        },
        "keys": {
            "next": _("Next"),
            "previous": _("Previous"),
            "open_it": _("Open it"),
            "back": _("Back to the list"),
            "search": _("Search"),
            "filters": _("Filters"),
            "go_to": _("Go to a page"),
            "views": _("Views"),
            "claim": _("Claim"),
            "resolve": _("Resolve"),
            "snooze": _("Snooze"),
            "assign": _("Assign"),
            "reply": _("Reply"),
            "note": _("Note"),
            "merge": _("Merge"),
            "add_topic": _("Add a topic"),
            "negative": _("Negative"),
            "neutral": _("Neutral"),
            "positive": _("Positive"),
            "confirm": _("All tags are right"),
            "select": _("Select"),
            "select_range": _("Select up to here"),
            "undo_last": _("Undo"),
            "redo": _("Redo"),
            "help": _("All keys"),
        },
        "undo_last": _("Undo"),
        "redo": _("Redo"),
        "release": _("Release"),
        "deeds_bar": _("What to do with this conversation"),
        "close": _("Close"),
        "cancel": _("Cancel"),
    }


def queue(say: Speech) -> dict[str, Any]:
    """Say why a conversation stands where it stands."""
    _ = say.text
    return {
        "order": _("Order of the list"),
        "orders": {"queue": _("Queue"), "newest": _("Newest first")},
        "n_waiting": say.forms("{n} conversation waits", "{n} conversations wait"),
        "nothing_waits": [
            _("Nobody waits for an answer"),
            _("Everything in this filter is answered or put aside."),
        ],
        "newer": _("New comments have come: show them"),
        "woken": _("Back from its snooze"),
        "queue": {
            "due": _("due in {time}"),
            "overdue": _("overdue for {time}"),
            "closes": _("the channel takes answers for {time} more"),
            "closed": _("the channel has taken no answer for {time}"),
            "high": _("high urgency"),
            "low": _("low urgency"),
            "messages": say.forms("{n} message", "{n} messages wait"),
            "others": say.forms("{n} other person says the same", "{n} others say the same"),
            "likes": say.forms("{n} like", "{n} likes"),
            "waiting": _("waiting for {time}"),
        },
    }


def menus(say: Speech) -> dict[str, Any]:
    """Name what the menus offer."""
    _ = say.text
    return {
        "snooze": _("Snooze"),
        "snooze_until": _("Snooze until"),
        "in_an_hour": _("In an hour"),
        "tomorrow_morning": _("Tomorrow morning"),
        "next_week": _("Next week"),
        "next_message": _("The next message"),
        "own_time": _("At a time of your own"),
        "no_such": _("Nothing is called that."),
        "assign_to": _("Assign to"),
        "assign_free": _("Assign to {typed}"),
        "nobody_assigned": _("Nobody"),
        "yourself": _("you"),
        "merge_into_this": _("Merge into this conversation"),
        "merge_selected": _("The selected conversations: {n}"),
        "no_duplicates": _("Nothing resembles this. Select conversations with x to merge them."),
        "alike": {"text": _("nearly the same words"), "author": _("the same person")},
        "merged": _("Merged into this: {n}"),
        "unmerge": _("Take out"),
        "go_to": _("Go to a page"),
    }


def told(say: Speech) -> dict[str, Any]:
    """Tell what was done, or why not."""
    _ = say.text
    return {
        "did_claim": _("Claimed"),
        "did_release": _("Released"),
        "did_assign": _("Assigned to {who}"),
        "did_unassign": _("Assigned to nobody"),
        "did_snooze": _("Snoozed until {when}"),
        "did_snooze_message": _("Snoozed until the next message"),
        "did_merge": _("Merged: {n}"),
        "did_unmerge": _("Taken out"),
        "did_note": _("Note kept"),
        "did_mention": _("Note kept; told {who}"),
        "did_tag": _("Saved: {what}"),
        "did_undo": _("Undone: {what}"),
        "did_redo": _("Done again: {what}"),
        "deeds": {
            "claim": _("Claim"),
            "release": _("Release"),
            "status": _("Status"),
            "assign": _("Assign"),
            "snooze": _("Snooze"),
            "merge": _("Merge"),
            "unmerge": _("Take out"),
            "note": _("Note"),
            "correct": _("Correction"),
            "confirm": _("All tags are right"),
        },
        "nothing_to_undo": _("There is nothing of yours to undo."),
        "nothing_to_redo": _("There is nothing to redo."),
        "newer_than_undo": _(
            "This cannot be undone as it was: something newer happened to it. Change it by hand."
        ),
        "turned_already": _("Somebody undid this already, or did it again. Look at it as it is now."),
        "no_member": _(
            "Nobody called {who} is a member. Nothing was changed: choose somebody from the list."
        ),
        "held": _(
            "{who} has this conversation until {when}. Nothing was changed. Wait, or ask for it to be released."
        ),
        "changed_meanwhile": _(
            "Someone changed this conversation while you were looking: it is {status} now."
        ),
        "all_the_same": _("Do it all the same"),
        "claim_lost": _("A claim of yours has ended: somebody else has the conversation now."),
        "not_connected": _("Not connected. What you do now is not saved, and is taken back. Trying again…"),
    }


def side_by_side(say: Speech) -> dict[str, Any]:
    """Say who has a conversation, who looks on, and what they noted."""
    _ = say.text
    return {
        "has_it": _("{who} has it"),
        "claimed_until": _("{who} has it until {when}"),
        "you_have_it": _("You have it"),
        "you_have_it_until": _("You have it until {when}"),
        "assigned": _("for {who}"),
        "sleeps_until": _("Snoozed until {when}"),
        "sleeps_until_message": _("Snoozed until the next message"),
        "writes": _("{who} is writing…"),
        "looks": _("{who} is looking at it"),
        "notes": _("Internal notes"),
        "note": _("Internal note"),
        "note_placeholder": _("Only the team reads this. @name tells somebody."),
        "keep_note": _("Keep the note"),
        "note_not_kept": _("Not saved: {why} Your text is still here."),
    }


def many(say: Speech) -> dict[str, Any]:
    """Say what a deed for many would do."""
    _ = say.text
    return {
        "n_selected": say.forms("{n} selected", "{n} selected"),
        "select_filter": _("Select all of this filter"),
        "whole_filter": _("All of this filter is selected"),
        "clear_selection": _("Clear the selection"),
        "do_it": _("Do it"),
        "n_threads": say.forms("{n} conversation", "{n} conversations"),
        "n_held": say.forms(
            "{n} more is left alone: somebody else has it.", "{n} more are left alone: others have them."
        ),
        "now_they_are": _("Now:"),
        "others_by_now": _("There are others by now than were shown. Nothing was changed: look again."),
    }


def views(say: Speech) -> dict[str, Any]:
    """Name what one does with filters under a name."""
    _ = say.text
    return {
        "views": _("Views"),
        "view_name": _("A name for this filter"),
        "share": _("Shared with all"),
        "save_view": _("Save"),
        "no_views": _("No filter is kept yet. Narrow the list, then give it a name here."),
        "view_of": _("by {who}"),
        "delete_view": _("Delete the view {name}"),
        "view_saved": _("View saved"),
        "view_shared": _("View shared with all"),
        "view_unshared": _("View is yours alone again"),
        "view_deleted": _("View deleted"),
    }
