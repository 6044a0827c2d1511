"""What people did, in words: plain data for the component, with the way to the comment each row is about."""

from typing import Any

import orjson

from dashboards import inbox
from dashboards.plain import plain
from dashboards.signing_in import role_names
from dashboards.speech import Speech

Row = dict[str, Any]

LONGEST = 240
MOST = 20
UNSAID = {"deed", "version", "changed_at", "thread", "merged"}
"""What changes with everything, or is said elsewhere."""


def rows(say: Speech, found: list[Row]) -> list[Row]:
    """Return audit rows as the component draws them: when, who, did what, to what, and what changed."""
    did, kinds, named, known = actions(say), subjects(say), fields(say), inbox.names(say)
    values = {**known["statuses"], **known["sentiments"], **role_names(say)}
    return [
        {
            "at": f"{row['at'].isoformat()}Z",
            "who": plain(row["who"]),
            "did": did.get(row["action"], plain(row["action"])),
            "about": about(kinds, row["subject"]),
            "to": f"/?comment={row['comment']}" if row["comment"] else None,
            "changes": [
                {
                    "name": named.get(name, plain(name)),
                    "before": _shown(before, values),
                    "after": _shown(after, values),
                }
                for name, before, after in changes(row["before"], row["after"])
            ],
        }
        for row in found
    ]


def about(kinds: dict[str, str], subject: str) -> str:
    """Name what a row is about: a thread's and a reply's own names mean nothing to people."""
    kind, _, name = subject.partition("/")
    if kind in ("thread", "reply"):
        return kinds[kind]
    return f"{kinds[kind]} {plain(name)}".strip() if kind in kinds else plain(subject)


def changes(before: str | None, after: str | None) -> list[tuple[str, Any, Any]]:
    """Return what differs between two JSON values: name, before, after; the name is empty where they are no objects."""
    old, new = (orjson.loads(one) if one else None for one in (before, after))
    if not isinstance(old or {}, dict) or not isinstance(new or {}, dict):
        return [("", old, new)] if old != new else []
    old, new = old or {}, new or {}
    names = dict.fromkeys([*old, *new])
    return [
        (name.replace("_", " "), old.get(name), new.get(name))
        for name in names
        if name not in UNSAID and old.get(name) != new.get(name)
    ]


def _shown(value: Any, values: dict[str, str]) -> str | None:
    if value is None or value == []:
        return None
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return ", ".join(values.get(str(one), plain(str(one))) for one in value[:MOST])
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return values.get(text) or plain(text, LONGEST)


def fields(say: Speech) -> dict[str, str]:
    """Name what changes."""
    _ = say.text
    return {
        "assignee": _("assigned to"),
        "claimed by": _("claimed by"),
        "claimed until": _("claimed until"),
        "comments": _("comments"),
        "intent": _("intent"),
        "language": _("language"),
        "model": _("model"),
        "note": _("note"),
        "paused": _("paused"),
        "query": _("filter"),
        "roles": _("roles"),
        "scopes": _("permissions"),
        "sentiment": _("sentiment"),
        "shared": _("shared"),
        "snoozed until": _("snoozed until"),
        "state": _("state"),
        "status": _("status"),
        "text": _("text"),
        "timezone": _("time zone"),
        "title": _("title"),
        "topic": _("topic"),
        "topics": _("topics"),
        "urgency": _("urgency"),
        "why": _("why"),
    }


def subjects(say: Speech) -> dict[str, str]:
    """Name the kinds of things that are changed."""
    _ = say.text
    return {
        "comment": _("comment"),
        "thread": _("conversation"),
        "reply": _("reply"),
        "bulk": _("many conversations"),
        "source": _("source"),
        "topic": _("topic"),
        "view": _("saved view"),
        "canned": _("canned reply"),
        "collection": _("collection"),
        "quote": _("quote"),
        "crisis": _("crisis room"),
        "member": _("member"),
        "token": _("token"),
        "model": _("model"),
        "tagger": _("tagger"),
        "mentions": _("mentions"),
        "themes": _("themes"),
    }


def actions(say: Speech) -> dict[str, str]:
    """Say what each action did, as it follows a name."""
    _ = say.text
    return {
        "accept fields": _("accepted changed fields"),
        "accept gap": _("accepted a gap"),
        "add member": _("added a member"),
        "add source": _("added a source"),
        "add topic": _("added a topic"),
        "answer": _("answered from the statement"),
        "archive topic": _("archived a topic"),
        "ask": _("asked for approval"),
        "ask model": _("asked a model for an answer"),
        "assign": _("assigned"),
        "backup": _("made a backup"),
        "bring back collection": _("brought a collection back"),
        "canned": _("saved a canned reply"),
        "change done": _("changed a sent reply on its channel"),
        "change failed": _("could not change a sent reply"),
        "claim": _("claimed"),
        "clear quote": _("recorded a clearance"),
        "close": _("closed a crisis room"),
        "confirm": _("confirmed the tags"),
        "correct": _("corrected a tag"),
        "create token": _("made a token"),
        "delete canned": _("deleted a canned reply"),
        "delete view": _("deleted a saved view"),
        "draft": _("saved a draft"),
        "edit topic": _("edited a topic"),
        "failed": _("could not send"),
        "fill": _("filled in invented comments"),
        "forget cursors": _("forgot cursors"),
        "forget raw": _("forgot raw payloads"),
        "gather": _("gathered those affected"),
        "import topic": _("brought in the topics"),
        "join": _("joined a crisis room"),
        "land": _("pulled comments"),
        "leave": _("left a crisis room"),
        "leave out": _("left a comment out"),
        "look for themes": _("looked for themes"),
        "merge": _("merged conversations"),
        "merge topic": _("merged topics"),
        "move topic": _("moved a topic"),
        "note": _("wrote a note"),
        "note on quote": _("noted on a quote"),
        "notices chosen": _("chose how to be told"),
        "notices not told": _("could not be told"),
        "notices seen": _("saw notices"),
        "notices told": _("was told"),
        "open": _("opened a crisis room"),
        "order quotes": _("put quotes in another order"),
        "publish": _("published"),
        "put aside": _("had a text put aside"),
        "put away collection": _("put a collection away"),
        "put back quote": _("put a quote back"),
        "queued": _("queued a reply"),
        "quote": _("quoted"),
        "redo": _("did again"),
        "release": _("released"),
        "remove collection": _("removed a collection"),
        "remove member": _("removed a member"),
        "remove source": _("removed a source"),
        "rename topic": _("renamed a topic"),
        "reopen": _("reopened a crisis room"),
        "replay": _("read received comments again"),
        "reply": _("recorded a reply"),
        "review": _("reviewed a reply"),
        "review statement": _("reviewed the statement"),
        "revoke token": _("revoked a token"),
        "reword quote": _("changed the words of a quote"),
        "rewrite": _("rewrote a sent reply"),
        "save collection": _("saved a collection"),
        "save view": _("saved a view"),
        "schedule": _("changed a schedule"),
        "seen": _("saw mentions"),
        "sending": _("began to send"),
        "sent": _("sent a reply"),
        "set roles": _("changed roles"),
        "sign in": _("signed in"),
        "snooze": _("snoozed"),
        "split topic": _("split a topic"),
        "statement": _("wrote the statement"),
        "status": _("changed the status"),
        "tag": _("tagged comments"),
        "take away": _("took a sent reply away"),
        "take in": _("took a comment in"),
        "take out quote": _("took a quote out"),
        "unarchive topic": _("took a topic out of the archive"),
        "unconfirm": _("took a confirmation back"),
        "undo": _("undid"),
        "undo topic": _("undid a change of topics"),
        "unknown": _("does not know whether it arrived"),
        "unmerge": _("took conversations apart"),
        "use canned": _("used a canned reply"),
        "use model": _("changed the model"),
        "void": _("lost an approval"),
        "wake": _("woke a conversation"),
        "withdraw clearance": _("withdrew a clearance"),
        "withdrawn": _("withdrew a reply"),
    }
