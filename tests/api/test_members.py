"""Members, their roles, and the refusals that every route shares: no token, an expired one, a wrong role, another site."""

import csv
import io
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from starlette.testclient import TestClient

from curation import config
from curation.actions import members as acts
from curation.actions.members import NotAdmitted
from curation.api import Guard, auth, create_api, opened, page_token
from curation.api.serving import Served
from curation.config import SignIn
from curation.errors import ConfigError, Forbidden, Invalid, NotFound, Stale
from curation.models import LOCAL, PERMISSIONS, ROLES, Who
from curation.store import Store, access, members
from tests.conftest import land, notice

PROVIDER = {
    "metadata": "https://login.example.org/.well-known/openid-configuration",
    "client_id": "tribune",
    "address": "https://tribune.example.org",
}
OPEN = {("GET", "/me")}
"""What every caller may ask."""


def signing_in(home: Any, **more: Any) -> config.Config:
    """A configuration with sign-in."""
    config.ensure_home(home)
    with config.edit(home) as document:
        document["sign_in"] = {**PROVIDER, **more}
    return config.load(home)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A store where members sign in: an administrator, and somebody whose role is gone."""
    with opened(signing_in(tmp_path_factory.mktemp("team") / "home")) as served:
        acts.add(served.store, LOCAL, "ana@example.org", ["administrator"])
        with served.store.write() as con:
            con.execute("insert into member values ('nix@example.org', null, '', now()::timestamp, null)")
        land(served.store, [notice("a", "Late")])
        yield served


@pytest.fixture(scope="module")
def api(team: Served) -> Iterator[TestClient]:
    with TestClient(Guard(create_api(team.store, team.token)), base_url="http://127.0.0.1") as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def page(name: str) -> dict[str, str]:
    """The header a page of a member sends."""
    return bearer(page_token(Who(name=name, permissions=frozenset(PERMISSIONS))))


def expired(name: str) -> dict[str, str]:
    """The header of a page that was left open for too long."""

    class Past(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time()) - auth.PAGE_SECONDS - 5

    pages = URLSafeTimedSerializer(auth._pages.secret_keys, salt="page", signer=Past)
    return bearer(str(pages.dumps([name, list(PERMISSIONS)])))


def described() -> dict[str, Any]:
    """The API's own description: a new route is tested by being there."""
    return create_api(None, "").openapi()  # type: ignore[arg-type]


DESCRIBED = described()
ROUTES = [(method.upper(), path) for path, about in DESCRIBED["paths"].items() for method in about]


def example(schema: dict[str, Any]) -> Any:
    """Return a value that fits a JSON schema of ours, with what is required only."""
    if "$ref" in schema:
        return example(DESCRIBED["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return example(schema["anyOf"][0])
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    kind = schema.get("type")
    if kind == "object":
        return {name: example(schema["properties"][name]) for name in schema.get("required", [])}
    if kind == "array":
        return [example(schema["items"])] * schema.get("minItems", 1)
    if kind == "string":
        times = {"date": "2026-11-01", "date-time": "2026-11-01T12:00:00Z", "path": "/tmp/x"}
        return times.get(schema.get("format", ""), PATTERNS.get(schema.get("pattern", ""), "1"))
    return {"integer": 1, "number": 1, "boolean": True}.get(kind or "", "1")


NAMED = {"file": "index.html"}
PATTERNS = {"^(pull|tag|adapt|themes|upkeep|replay)$": "pull"}


def ask(api: TestClient, method: str, path: str, headers: dict[str, str]) -> Any:
    """Send a request that is right in all but who sends it."""
    about = DESCRIBED["paths"][path][method.lower()]
    given = {one["name"]: one for one in about.get("parameters", [])}
    values = {
        name: NAMED.get(name) or example(one["schema"]) for name, one in given.items() if one["required"]
    }
    body = about.get("requestBody", {}).get("content", {}).get("application/json")
    query = {name: value for name, value in values.items() if given[name]["in"] == "query"}
    return api.request(
        method,
        path.format(**values),
        params=query,
        headers=headers,
        json=example(body["schema"]) if body else None,
    )


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[" ".join(route) for route in ROUTES])
def test_every_route_refuses_who_may_not(api: TestClient, team: Served, method: str, path: str) -> None:
    done = len(access.activity(team.store, limit=1000))
    nobody = [
        {},
        bearer("tribune_unknown"),
        expired("ana@example.org"),
        page("gone@example.org"),
        page("local"),
    ]
    for headers in nobody:
        assert ask(api, method, path, headers).status_code == 401
    foreign = {**page("ana@example.org"), "origin": "https://evil.example"}
    assert ask(api, method, path, foreign).status_code == 403
    said = ask(api, method, path, page("nix@example.org"))
    assert said.status_code == (200 if (method, path) in OPEN else 403), said.text
    assert len(access.activity(team.store, limit=1000)) == done


def test_a_role_changes_at_once_and_a_removed_member_is_out_at_once(api: TestClient, team: Served) -> None:
    ana, bo = page("ana@example.org"), page("bo@example.org")
    assert api.get("/me", headers=bo).status_code == 401
    made = api.post("/members", json={"email": " Bo@Example.org ", "roles": ["reader"]}, headers=ana)
    assert made.json() == {"name": "bo@example.org"}
    assert api.get("/me", headers=bo).json() == {"name": "bo@example.org", "permissions": ["read"]}
    assert api.post("/comments/1/status", json={"status": "open"}, headers=bo).status_code == 403
    change = {"roles": ["curator", "writer"], "was": ["reader"]}
    assert api.post("/members/bo@example.org/roles", json=change, headers=ana).status_code == 200
    assert api.get("/me", headers=bo).json()["permissions"] == ["curate", "draft", "read", "triage"]
    stale = api.post("/members/bo@example.org/roles", json=change, headers=ana)
    assert (stale.status_code, stale.json()["current"]) == (409, ["writer", "curator"])
    assert api.post("/comments/1/status", json={"status": "open"}, headers=bo).status_code == 200
    assert api.delete("/members/bo@example.org", headers=ana).status_code == 200
    assert api.get("/comments", headers=bo).status_code == 401
    assert api.delete("/members/bo@example.org", headers=ana).status_code == 404
    rows = access.activity(team.store, limit=20, wanted=access.Activity(subject="member/bo@example.org"))
    assert [(row["who"], row["action"], row["before"], row["after"]) for row in reversed(rows)] == [
        ("ana@example.org", "add member", None, '{"roles":["reader"]}'),
        ("ana@example.org", "set roles", '{"roles":["reader"]}', '{"roles":["writer","curator"]}'),
        ("ana@example.org", "remove member", '{"roles":["writer","curator"]}', None),
    ]


def test_a_page_that_is_still_open_may_no_more_than_its_member(store: Store) -> None:
    for name in ("ana@example.org", "bo@example.org"):
        acts.add(store, LOCAL, name, ["administrator"])
    bo = acts.admitted(store, SIGN_IN, claims("bo@example.org"))
    acts.set_roles(store, LOCAL, "bo@example.org", ["reader"], None)
    with pytest.raises(Forbidden, match="may not do this: it needs the permission"):
        acts.set_roles(store, bo, "bo@example.org", ["administrator"], None)
    acts.remove(store, LOCAL, "bo@example.org")
    with pytest.raises(Forbidden):
        acts.add(store, bo, "bo@example.org", ["administrator"])


@pytest.mark.parametrize("leave", [acts.remove, lambda *who: acts.set_roles(*who, ["reader"], None)])
def test_the_tokens_somebody_made_end_when_they_no_longer_administer(store: Store, leave: Any) -> None:
    for name in ("ana@example.org", "bo@example.org"):
        acts.add(store, LOCAL, name, ["administrator"])
    theirs = access.create_token(store, "bo@example.org", "first", ["administer"])
    made_with_it = access.create_token(store, "token first", "second", ["read"])
    others = access.create_token(store, "ana@example.org", "third", ["read"])
    acts.set_roles(store, LOCAL, "bo@example.org", ["administrator", "agent"], None)
    assert access.holder_of(store, theirs)
    leave(store, LOCAL, "bo@example.org")
    assert access.holder_of(store, theirs) is None and access.holder_of(store, made_with_it) is None
    assert access.holder_of(store, others)
    ended = access.activity(store, wanted=access.Activity(action="revoke token"))
    assert sorted((row["who"], row["subject"]) for row in ended) == [
        ("local", "token/first"),
        ("local", "token/second"),
    ]


def test_somebody_always_administers(store: Store) -> None:
    acts.add(store, LOCAL, "ana@example.org", ["administrator", "agent"])
    acts.add(store, LOCAL, "bo@example.org", ["agent"])
    for attempt in (
        lambda: acts.remove(store, LOCAL, "ana@example.org"),
        lambda: acts.set_roles(store, LOCAL, "ana@example.org", ["agent"], None),
    ):
        with pytest.raises(Invalid, match=r"ana@example\.org is the last administrator"):
            attempt()
    acts.set_roles(store, LOCAL, "bo@example.org", ["administrator"], ["agent"])
    acts.remove(store, LOCAL, "ana@example.org")
    assert [(one["name"], one["roles"]) for one in acts.listed(store, LOCAL)] == [
        ("bo@example.org", ["administrator"])
    ]
    acts.add(store, LOCAL, "ana@example.org", ["reader"])
    assert acts.permitted(store, "ana@example.org") == ROLES["reader"]


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "ana@example",
        "a b@example.org",
        "ana@example.org/x",
        "an\u212a@example.org",
        "a" * 90 + "@example.org",
    ],
)
def test_what_is_no_address_is_no_member(store: Store, email: str) -> None:
    with pytest.raises(Invalid, match="is not an email address"):
        members.add(store, "local", email, ["reader"])


def test_roles_are_named_where_one_is_unknown(store: Store) -> None:
    for roles, said in ((["king"], "Roles are reader, writer"), ([], "needs a role: reader")):
        with pytest.raises(Invalid, match=said):
            members.add(store, "local", "ana@example.org", roles)
    members.add(store, "local", "ana@example.org", ["reader"])
    with pytest.raises(Invalid, match="is a member already"):
        members.add(store, "local", "Ana@example.org", ["agent"])
    with pytest.raises(NotFound, match="tribune members list"):
        members.set_roles(store, "local", "bo@example.org", ["agent"])
    with pytest.raises(Stale):
        members.set_roles(store, "local", "ana@example.org", ["agent"], ["writer"])


SIGN_IN = SignIn.model_validate(PROVIDER)


def claims(email: str = "ana@example.org", **more: Any) -> dict[str, Any]:
    """What an ID token says right after a sign-in."""
    now = int(datetime.now(UTC).timestamp())
    return {"is_logged_in": True, "email": email, "email_verified": True, "iat": now, **more}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"is_logged_in": False}, "nobody"),
        ({"email": None}, "no email"),
        ({"email": ["ana@example.org"]}, "no email"),
        ({"email_verified": False}, "not verified"),
        ({"email_verified": None}, "not verified"),
        ({"email_verified": "true"}, "not verified"),
        ({"email": "eve@example.org"}, "no member"),
        ({"iat": None}, "expired"),
        ({"iat": 0}, "expired"),
        ({"iat": 10**30}, "expired"),
        ({"iat": int((datetime.now(UTC) + timedelta(days=1)).timestamp())}, "expired"),
    ],
)
def test_who_is_not_let_in_is_told_why(store: Store, more: dict[str, Any], reason: str) -> None:
    members.add(store, "local", "ana@example.org", ["agent"])
    with pytest.raises(NotAdmitted) as refusal:
        acts.admitted(store, SIGN_IN, claims(**more))
    assert refusal.value.reason == reason


def test_a_member_comes_in_with_their_roles_and_each_sign_in_is_noted_once(store: Store) -> None:
    members.add(store, "local", "ana@example.org", ["agent"])
    token = claims("ANA@example.org")
    for _ in range(2):
        assert acts.admitted(store, SIGN_IN, token) == Who(name="ana@example.org", permissions=ROLES["agent"])
    noted = access.activity(store, wanted=access.Activity(action="sign in"))
    assert [row["who"] for row in noted] == ["ana@example.org"]
    trusting = SignIn.model_validate({**PROVIDER, "trust_emails": True})
    assert acts.admitted(store, trusting, claims(email_verified=None))
    with pytest.raises(NotAdmitted):
        acts.admitted(store, trusting, claims(email_verified=False))
    members.remove(store, "local", "ana@example.org")
    with pytest.raises(NotAdmitted):
        acts.admitted(store, SIGN_IN, token)


def test_groups_decide_where_the_team_says_so(store: Store) -> None:
    groups = {"support": "agent", "leads": "reviewer", "owners": "administrator"}
    sign_in = SignIn.model_validate({**PROVIDER, "groups": groups})
    members.add(store, "local", "ana@example.org", ["administrator"])

    def enter(name: str, given: Any, later: int = 0) -> frozenset[str]:
        at = int(datetime.now(UTC).timestamp()) + later
        return acts.admitted(store, sign_in, claims(f"{name}@example.org", groups=given, iat=at)).permissions

    assert enter("bo", ["support", "other"]) == ROLES["agent"]
    assert enter("bo", ["support", "leads"], 1) == ROLES["agent"] | ROLES["reviewer"]
    # An older tab does not bring the groups of yesterday back.
    assert enter("bo", ["support"], 0) == ROLES["agent"] | ROLES["reviewer"]
    for given in ([], None, "other", {"support": 1}):
        with pytest.raises(NotAdmitted):
            enter("cy", given)
    with pytest.raises(NotAdmitted):
        enter("bo", [], 2)
    members.remove(store, "local", "bo@example.org")
    with pytest.raises(NotAdmitted):
        enter("bo", ["leads"], 3)
    assert enter("ana", ["support"]) == ROLES["administrator"]
    assert acts.listed(store, LOCAL)[0]["roles"] == ["agent", "administrator"]


def test_without_sign_in_nothing_but_loopback_is_listened_on(home: Any) -> None:
    config.ensure_home(home)
    file = home / "tribune.toml"
    for host in ("0.0.0.0", "::", "192.168.1.5", "tribune.example.org"):
        file.write_text(f"[app]\nhost = '{host}'\n")
        with pytest.raises(ConfigError, match=r"line 2, app\.host: without sign-in .* this machine only"):
            config.load(home)
    for host in config.LOOPBACK:
        file.write_text(f"[app]\nhost = '{host}'\n")
        assert config.load(home).app.host == host
    file.write_text(
        "[app]\nhost = '0.0.0.0'\n[sign_in]\n" + "".join(f"{k} = '{v}'\n" for k, v in PROVIDER.items())
    )
    assert config.load(home).app.local == "http://127.0.0.1:8787"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"address": "http://tribune.example.org"}, "not an https address"),
        ({"address": "https://tribune.example.org/app"}, "only scheme, host and port"),
        ({"metadata": "login.example.org"}, "not an https address"),
        ({"groups": {"support": "king"}}, "sign_in.groups.support"),
        ({"client_secret": "x"}, "not a known key"),
        ({"hours": 0}, "greater than 0"),
    ],
)
def test_a_mistake_in_the_sign_in_is_named(home: Any, more: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        signing_in(home, **more)


def test_the_secrets_of_the_sign_in_stay_out_of_the_configuration(
    home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = signing_in(home)
    with pytest.raises(
        ConfigError, match=r"Set TRIBUNE_SIGN_IN_CLIENT_SECRET, or put client_secret .* \[sign_in\]"
    ):
        config.sign_in_secrets(settings)
    monkeypatch.setenv("TRIBUNE_SIGN_IN_CLIENT_SECRET", "of the client")
    client, cookie = config.sign_in_secrets(settings)
    assert (client, len(cookie)) == ("of the client", 43)
    assert config.sign_in_secrets(settings) == (client, cookie)
    assert (home / "secrets.toml").stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("TRIBUNE_SIGN_IN_COOKIE_SECRET", "short")
    with pytest.raises(ConfigError, match="under 32 characters"):
        config.sign_in_secrets(settings)


def test_activity_is_narrowed_paged_and_exported(api: TestClient, team: Served) -> None:
    ana = page("ana@example.org")
    members.add(team.store, "=cmd()", "dan@example.org", ["reader"])
    api.post("/comments/1/status", json={"status": "pending"}, headers=ana)
    (newest,) = api.get("/activity", params={"who": "ana@example.org", "limit": 1}, headers=ana).json()
    assert (newest["action"], newest["comment"]) == ("status", "1")
    assert '"status":"pending"' in newest["after"]
    older = api.get("/activity", params={"before": newest["id"], "limit": 1000}, headers=ana).json()
    assert newest["id"] not in [row["id"] for row in older]
    for narrowed in ({"until": "2020-01-01"}, {"since": "2999-01-01"}, {"action": "none"}, {"subject": "x"}):
        assert api.get("/activity", params=narrowed, headers=ana).json() == []
    known = api.get("/activity/actors", headers=ana).json()
    assert "=cmd()" in known["who"] and "add member" in known["action"]
    exported = api.get("/activity/export", headers=ana)
    assert exported.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(exported.text)))
    assert len(rows) == len(older) + 1
    assert rows[1]["who"] == "'=cmd()" and rows[0]["comment"] == "1" and rows[0]["at"].endswith("Z")
