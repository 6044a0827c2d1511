"""A real Exim on loopback that delivers into a Dovecot's mailbox; customers' mail goes into a maildir of its own.

Needs Debian's `exim4-daemon-light` (4.96). A copy of the binary without its setuid bit runs as whoever owns the maildir, so that
nothing of the system's own mail server is touched and no configuration has to be listed as trusted. It signs in `USER`
with the mailbox's password, knows nobody called `nobody-here`, puts off `later`, and finds mail about `Viagra` bad.
"""

import os
import shutil
import smtplib
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.servers.dovecot import PASSWORD, Dovecot, free_port

USER = "support"
BINARY = Path("/usr/sbin/exim4")
CONF = """
exim_path = {root}/exim4
exim_user = {owner}
exim_group = {group}
deliver_drop_privilege = true
primary_hostname = mail.widget.test
domainlist local_domains = widget.test : post.test
daemon_smtp_ports = {port} : {tls_port}
tls_on_connect_ports = {tls_port}
tls_certificate = {mailbox}/cert.pem
tls_privatekey = {root}/key.pem
tls_advertise_hosts = *
local_interfaces = 127.0.0.1
spool_directory = {root}/spool
log_file_path = {root}/log/%slog
pid_file_path = {root}/pid
acl_smtp_mail = acl_mail
acl_smtp_rcpt = acl_rcpt
acl_smtp_data = acl_data
host_lookup =
rfc1413_query_timeout = 0s
smtp_accept_queue_per_connection = 0
message_size_limit = 200K
never_users =
keep_environment =
begin acl
acl_mail:
  deny message = 5.7.1 not your address
    senders = stranger@widget.test
  accept
acl_rcpt:
  deny message = 5.1.1 no such person
    local_parts = nobody-here
  defer message = 4.2.0 come back later
    local_parts = later
  accept domains = +local_domains
    authenticated = *
  deny message = relay not permitted
acl_data:
  deny message = 5.6.0 we do not like this
    condition = ${{if match{{$h_subject:}}{{Viagra}}}}
  accept
begin routers
ours:
  driver = accept
  domains = widget.test
  transport = ours
theirs:
  driver = accept
  domains = post.test
  transport = theirs
begin transports
ours:
  driver = appendfile
  directory = {mailbox}/Maildir
  maildir_format
  return_path_add
theirs:
  driver = appendfile
  directory = {root}/customers
  maildir_format
  create_directory
  envelope_to_add
begin retry
* * F,1h,1m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
"""


@dataclass
class Exim:
    """A mail server that can be stopped and started again on the same ports."""

    root: Path
    mailbox: Dovecot
    host: str = "127.0.0.1"
    user: str = USER
    password: str = PASSWORD
    port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Write its files, owned by whoever owns the maildir."""
        owner, group = ("nobody", "nogroup") if os.geteuid() == 0 else (str(os.geteuid()), str(os.getegid()))
        shutil.copyfile(BINARY, self.root / "exim4")
        (self.root / "exim4").chmod(0o755)
        shutil.copy(self.mailbox.root / "key.pem", self.root / "key.pem")
        conf = CONF.format(
            root=self.root,
            mailbox=self.mailbox.root,
            owner=owner,
            group=group,
            port=self.port,
            tls_port=self.tls_port,
            user=USER,
            password=PASSWORD,
        )
        (self.root / "exim.conf").write_text(conf)
        for name in ("spool", "log", "customers"):
            (self.root / name).mkdir()
        if os.geteuid() == 0:
            for path in (self.root, *self.root.iterdir()):
                shutil.chown(path, "nobody", "nogroup")

    def start(self) -> None:
        """Start and wait until it greets."""
        drop = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        command = [str(self.root / "exim4"), "-C", str(self.root / "exim.conf"), "-bdf", "-q1m"]
        with (self.root / "said").open("wb") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=said, **drop)  # type: ignore[call-overload]
        for _ in range(6_000):
            with suppress(OSError, smtplib.SMTPException), smtplib.SMTP(self.host, self.port, timeout=2):
                return
            if self.process and self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"Exim did not start: {(self.root / 'said').read_text()}")

    def stop(self) -> None:
        """Stop it."""
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def customers(self, count: int = 1) -> list[bytes]:
        """Return what was delivered to customers, waiting a moment for `count` messages."""
        for _ in range(6_000):
            found = sorted((self.root / "customers" / "new").glob("*"))
            if len(found) >= count:
                break
            time.sleep(0.05)
        return [path.read_bytes() for path in found]


def missing() -> str | None:
    """Say what stands in the way, or None."""
    return None if BINARY.exists() else "needs a mail server: apt-get install exim4-daemon-light"


@pytest.fixture
def exim(dovecot: Dovecot) -> Iterator[Exim]:
    """A running Exim beside a running Dovecot; the test is skipped where it is not installed."""
    if reason := missing():
        pytest.skip(reason)
    root = dovecot.root / "exim"
    root.mkdir()
    server = Exim(root=root, mailbox=dovecot)
    server.prepare()
    try:
        server.start()
        yield server
    finally:
        server.stop()
