"""A real Request Tracker 5 on loopback with an SQLite database of its own, one per test module.

Needs Debian's `request-tracker5`, `rt5-db-sqlite` and `rt5-standalone` (5.0.3). Its time zone is not UTC, on purpose. `feedback` is an
account with the least rights: it cannot read comments between staff. `narrow` sees one queue only, and may not reply. Customers write by mail, through RT's own gateway.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.servers.dovecot import free_port

SERVER = Path("/usr/share/request-tracker5/libexec/standalone_httpd")
SETUP = Path("/usr/sbin/rt-setup-database-5")
GATE = Path("/usr/bin/rt-mailgate-5")
USER, PASSWORD = "feedback", "hush-feedback"
CONF = """
Set($rtname, 'widget.test'); Set($Organization, 'widget.test');
Set($CorrespondAddress, 'rt@widget.test'); Set($CommentAddress, 'rt-comment@widget.test');
Set($WebPath, ''); Set($WebDomain, '127.0.0.1'); Set($WebPort, {port}); Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($DatabaseType, 'SQLite'); Set($DatabaseName, '{root}/rtdb'); Set($DatabaseUser, ''); Set($DatabasePassword, '');
Set($Timezone, 'Europe/Paris'); Set($LogToSTDERR, 'error'); Set($LogToSyslog, undef); Set($LogToFile, undef);
Set($MailCommand, 'testfile'); Set($RestrictReferrer, 0);
$RT::VarPath = '{root}/var'; $RT::MasonDataDir = '{root}/var/mason'; $RT::MasonSessionDir = '{root}/var/sessions';
1;
"""
PEOPLE = """
use lib '/usr/share/request-tracker5/lib'; use RT; RT::LoadConfig(); RT::Init();
my $system = RT->SystemUser;
my $other = RT::Queue->new($system); $other->Create(Name => "Others' Q");
my $everyone = RT::Group->new($system); $everyone->LoadSystemInternalGroup('Everyone');
my $general = RT::Queue->new($system); $general->Load('General');
$everyone->PrincipalObj->GrantRight(Right => $_, Object => $general) for qw(CreateTicket ReplyToTicket);
for my $name (qw(feedback agent narrow)) {
    my $user = RT::User->new($system);
    my ($id, $said) = $user->Create(Name => $name, RealName => ucfirst($name), EmailAddress => "$name\\@widget.test",
        Password => "hush-$name", Privileged => 1);
    die $said unless $id;
    my @rights = $name eq 'narrow' ? qw(SeeQueue ShowTicket) : qw(SeeQueue ShowTicket ReplyToTicket);
    push @rights, qw(ModifyTicket CommentOnTicket ShowTicketComments DeleteTicket CreateTicket) if $name eq 'agent';
    my $where = $name eq 'narrow' ? $other : RT->System;
    $user->PrincipalObj->GrantRight(Right => $_, Object => $where) for @rights;
    next if $name ne 'feedback';
    require RT::AuthToken;
    my $token = RT::AuthToken->new($system);
    my ($made, $why, $text) = $token->Create(Owner => $user->id, Description => 'feedback');
    die $why unless $made;
    print $text;
}
"""


@dataclass
class RequestTracker:
    """A server; `agent` is signed in as staff."""

    root: Path
    port: int = field(default_factory=free_port)
    user: str = USER
    password: str = PASSWORD
    token: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Make the database and the people, start, wait until it answers."""
        for folder in ("empty.d", "var/mason", "var/sessions"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "RT_SiteConfig.pm").write_text(CONF.format(port=self.port, root=self.root))
        made = [str(SETUP), "--action", "init", "--skip-create"]
        subprocess.run(made, env=self._env(), check=True, capture_output=True, stdin=subprocess.DEVNULL)
        people = subprocess.run(
            ["perl", "-e", PEOPLE], env=self._env(), capture_output=True, text=True, check=False
        )
        if people.returncode:
            raise RuntimeError(f"Request Tracker takes no people: {people.stderr}")
        self.token = people.stdout.strip()
        command = [str(SERVER), "--host", "127.0.0.1", "--port", str(self.port), "--server", "Standalone"]
        with (self.root / "log").open("wb") as log:
            self.process = subprocess.Popen(command, env=self._env(), stdout=log, stderr=log)
        for _ in range(3_000):
            with suppress(httpx.TransportError):
                httpx.get(f"{self.url}/REST/2.0/rt", timeout=10)
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"Request Tracker did not start: {(self.root / 'log').read_text()}")

    def stop(self) -> None:
        """Stop it."""
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def mail(self, sender: str, subject: str, text: str, html: str | None = None, **headers: str) -> None:
        """Have a customer write; a subject with "[widget.test #1]" goes into that ticket."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = sender, "rt@widget.test", subject
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
        gate = [str(GATE), "--queue", "General", "--action", "correspond", "--url", f"{self.url}/"]
        subprocess.run(gate, input=message.as_bytes(), check=True, capture_output=True)

    def agent(self, method: str, path: str, **value: Any) -> httpx.Response:
        """Do something as staff would."""
        answer = httpx.request(
            method,
            f"{self.url}/REST/2.0/{path}",
            auth=("agent", "hush-agent"),
            json=value or None,
            timeout=30,
        )
        return answer.raise_for_status()

    def _env(self) -> dict[str, str]:
        own = {
            "RT_SITE_CONFIG": str(self.root / "RT_SiteConfig.pm"),
            "RT_SITE_CONFIG_DIR": str(self.root / "empty.d"),
        }
        return {**os.environ, **own}


def missing() -> str | None:
    """Say what stands in the way, or None."""
    if all(path.exists() for path in (SERVER, SETUP, GATE)):
        return None
    return "needs Request Tracker: apt-get install request-tracker5 rt5-db-sqlite rt5-standalone"


@pytest.fixture(scope="module")
def request_tracker() -> Iterator[RequestTracker]:
    """A running Request Tracker; the test is skipped where it is not installed."""
    if reason := missing():
        pytest.skip(reason)
    root = Path(tempfile.mkdtemp(prefix="tribune-rt-"))
    server = RequestTracker(root=root)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(root, ignore_errors=True)
