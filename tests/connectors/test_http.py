"""The outbound client against a real server on loopback."""

import gzip
import socket
import threading
import time
import tracemalloc
from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from curation.connectors.http import Http, patient
from curation.connectors.network import public
from curation.connectors.rates import Budget, waits
from curation.errors import ConfigError, Invalid, NotFound, Refused, TryAgain, Unknown


@pytest.fixture
def serve():
    """Serve what a function answers: (status, headers, body), given path, headers and the number of the request."""
    servers = []

    def start(answer):
        seen = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.rfile.read(int(self.headers.get("content-length") or 0))
                seen.append((self.path, dict(self.headers.items())))
                status, headers, body = answer(self.path, len(seen))
                self.send_response(status)
                for name, value in {"content-length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}", seen

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_credentials_never_follow_a_redirect_to_another_host(serve):
    other, elsewhere = serve(lambda path, n: (200, {}, b"{}"))
    home, _ = serve(lambda path, n: (302, {"location": other + "/there"}, b""))
    with Http(home, headers={"api-key": "hush"}, private=True) as http:
        assert http.get("/a").json() == {}
    assert "hush" not in str(elsewhere)


def test_a_next_page_on_another_host_is_not_followed(serve):
    home, _ = serve(lambda path, n: (200, {}, b"{}"))
    with Http(home, private=True) as http, pytest.raises(Refused, match="another host"):
        http.get("https://elsewhere.example/next")


def test_loopback_is_refused_unless_the_source_says_so(serve):
    home, seen = serve(lambda path, n: (200, {}, b"{}"))
    with Http(home) as http, pytest.raises(Refused, match="private"):
        http.get("/")
    assert seen == []


@pytest.mark.parametrize(
    ("status", "error"), [(401, Refused), (403, Refused), (404, NotFound), (400, Invalid)]
)
def test_an_answer_becomes_what_to_do(serve, status, error):
    home, _ = serve(lambda path, n: (status, {}, b'{"error": "hush is wrong"}'))
    with Http(home, private=True, secrets=["hush"]) as http, pytest.raises(error) as raised:
        http.get("/")
    assert "hush" not in str(raised.value)


def test_a_login_page_is_not_json(serve):
    home, _ = serve(lambda path, n: (200, {}, b"<!doctype html><title>Sign in</title>"))
    with Http(home, private=True) as http, pytest.raises(Refused, match="Sign in"):
        http.get("/").json()


def test_what_is_too_large_is_not_read(serve):
    home, _ = serve(lambda path, n: (200, {}, b"x" * 200_000))
    with Http(home, private=True, largest=100_000) as http, pytest.raises(Refused, match="more than"):
        http.get("/")


def test_a_limit_is_waited_for(serve):
    home, seen = serve(lambda path, n: (429, {"retry-after": "1"}, b"") if n == 1 else (200, {}, b"1"))
    with Http(home, private=True) as http:
        assert http.get("/").json() == 1
    assert len(seen) == 2


def test_a_write_that_may_have_arrived_is_unknown_and_sent_once(serve):
    home, seen = serve(lambda path, n: (500, {}, b""))
    with Http(home, private=True) as http, pytest.raises(Unknown):
        http.send("POST", "/reply", {"text": "Bonjour"})
    assert len(seen) == 1


def test_a_write_that_never_left_may_be_tried_again():
    with Http("http://127.0.0.1:9", private=True) as http, pytest.raises(TryAgain):
        http.send("POST", "/reply", {"text": "Bonjour"})


def test_half_a_surrogate_pair_stops_nothing(serve):
    home, _ = serve(lambda path, n: (200, {}, b'[{"text": "caf\\u00e9 \\ud83d"}, {"text": "next"}]'))
    with Http(home, private=True) as http:
        assert http.get("/").json() == [{"text": "café ?"}, {"text": "next"}]


def test_a_client_shows_no_credential(serve):
    with Http(
        "https://example.org", headers={"api-key": "hush"}, auth=("me", "hush"), secrets=["hush"]
    ) as http:
        assert "hush" not in repr(http)


def test_patience_can_be_shortened(serve):
    home, seen = serve(lambda path, n: (503, {}, b""))
    with patient(0.1), Http(home, private=True) as http, pytest.raises(TryAgain):
        http.get("/")
    assert len(seen) == 1


def test_every_form_of_a_reset_is_understood():
    date = "Wed, 25 Nov 2026 10:00:00 GMT"
    at = datetime(2026, 11, 25, 10, 0, 20, tzinfo=UTC)
    for reset in (
        "20",
        "20.0",
        str(int(at.timestamp())),
        at.isoformat(),
        at.isoformat().replace("+00:00", "Z"),
    ):
        budget = Budget()
        budget.learn({"x-ratelimit-remaining": "0", "x-ratelimit-reset": reset, "date": date})
        assert 19 < budget.pause(0.0) <= 20, reset
    assert waits({"retry-after": "Wed, 25 Nov 2026 10:00:07 GMT", "date": date}) == 7


def test_a_backfill_leaves_a_quarter():
    budget = Budget()
    budget.learn({"ratelimit-limit": "100", "ratelimit-remaining": "25", "ratelimit-reset": "60"})
    assert budget.pause(0.25) > 0
    assert budget.pause(0.0) == 0


def test_times_beyond_reason_are_bounded():
    far = (datetime.now(UTC) + timedelta(days=900)).isoformat()
    assert waits({"retry-after": far}) == 86_400


@pytest.fixture
def raw():
    """Answer every request with bytes, piece by piece, so many seconds apart."""
    sockets = []

    def start(*pieces, pause=0.0):
        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)

        def answer():
            with suppress(OSError):
                while True:
                    taken, _ = listening.accept()
                    with taken, suppress(OSError):
                        taken.recv(65_536)
                        for piece in pieces:
                            taken.sendall(piece)
                            time.sleep(pause)

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for one in sockets:
        one.close()


def test_a_body_that_drips_is_left(raw):
    home = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n", *[b"x"] * 100, pause=0.1)
    begun = time.monotonic()
    with patient(0.1, 0.2), Http(home, private=True) as http, pytest.raises(TryAgain, match="too slowly"):
        http.get("/")
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", "br"])
def test_a_bomb_is_not_unpacked(serve, coding):
    once = gzip.compress(bytes(50_000_000))
    body = gzip.compress(once) if "," in coding else once
    home, _ = serve(lambda path, n: (200, {"content-encoding": coding}, body))
    with Http(home, private=True, largest=1_000_000) as http, pytest.raises(Refused):
        tracemalloc.start()
        try:
            http.get("/")
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < 10_000_000


def test_what_is_packed_is_unpacked(serve):
    home, _ = serve(
        lambda path, n: (
            200,
            {"content-encoding": "gzip"},
            gzip.compress(b'{"a": "' + b"x" * 200_000 + b'"}'),
        )
    )
    with Http(home, private=True) as http:
        assert len(http.get("/").json()["a"]) == 200_000


@pytest.mark.parametrize(
    ("status", "headers"),
    [(202, {}), (204, {}), (500, {"retry-after": "5"}), (502, {"retry-after": "5"}), (520, {}), (524, {})],
)
def test_a_write_is_unknown_whenever_it_may_have_been_done(serve, status, headers):
    home, seen = serve(lambda path, n: (status, headers, b""))
    with Http(home, private=True) as http, pytest.raises(Unknown):
        http.send("POST", "/reply", {})
    assert len(seen) == 1


def test_a_write_whose_answer_is_too_large_may_have_arrived(serve):
    home, _ = serve(lambda path, n: (201, {}, b"x" * 2_000))
    with Http(home, private=True, largest=1_000) as http, pytest.raises(Unknown):
        http.send("POST", "/reply", {})


def test_a_write_the_server_puts_off_was_not_done(serve):
    home, _ = serve(lambda path, n: (503, {"retry-after": "5"}, b""))
    with Http(home, private=True) as http, pytest.raises(TryAgain):
        http.send("POST", "/reply", {})


def test_no_form_of_a_secret_is_told(serve):
    quoted = b"hu/sh= hu%2Fsh%3D hu\\/sh= " + b64encode(b"me:hu/sh=")
    home, _ = serve(lambda path, n: (400, {}, quoted))
    with Http(home, private=True, auth=("me", "hu/sh=")) as http, pytest.raises(Invalid) as raised:
        http.get("/")
    assert str(raised.value).endswith(": … … … ….")


@pytest.mark.parametrize("token", ["hush\n", "hush\r\nx: y", "hüsh"])
def test_a_credential_no_header_can_hold_is_refused_unsaid(token):
    with pytest.raises(ConfigError, match="authorization") as raised:
        Http("https://example.org", headers={"authorization": f"Bearer {token}"}, secrets=[token])
    assert "sh" not in str(raised.value).replace("should", "")


@pytest.mark.parametrize("scheme", ["http", "https", "ftp"])
def test_an_address_holds_no_password(scheme):
    with pytest.raises(ConfigError, match="no user name") as raised:
        Http(f"{scheme}://me:hush@example.org/feed")
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize("odd", ["", "foo", "ftp://example.org", "https://", "https://exa mple\0.org"])
def test_what_is_no_address_is_the_configurations_fault(odd):
    with pytest.raises(ConfigError, match=r"is not an address.*Mend the source's url"):
        Http(odd)


def test_a_path_that_is_none_is_no_crash():
    with Http("http://127.0.0.1:9", private=True) as http, pytest.raises(Invalid):
        http.get("/a\0b")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0",
        "::1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:a00:1::",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "ff02::1",
        "fec0::1",
        "fe80::1%lo",
    ],
)
def test_no_spelling_of_a_private_address_is_public(host):
    with pytest.raises(Refused, match="private"):
        public(host)


@pytest.mark.parametrize("host", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_a_public_address_is_let_through(host):
    assert public(host) == host


@pytest.mark.parametrize("odd", ["Mon, 01 Jan 2024 00:00:00 +999999999999999999", "9" * 5_000, "-5", "nan"])
def test_a_wait_nobody_can_read_is_none(odd):
    assert waits({"retry-after": odd}) is None
