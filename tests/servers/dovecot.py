"""A real Dovecot on loopback, one per test module, with one user and an empty maildir.

Needs Debian's or Ubuntu's `dovecot-imapd` (2.3). As root its processes drop to `nobody`; for anyone else they run
as that person. `python -m tests.servers.dovecot` starts one holding the invented letters of `mailbox.py`.
"""

import getpass
import imaplib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

USER, PASSWORD = "support@widget.test", "correct horse"
BINARY = shutil.which("dovecot") or "/usr/sbin/dovecot"
CONF = """
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
mail_location = maildir:{root}/Maildir
mail_uid = {owner}
mail_gid = {group_id}
first_valid_uid = 1
first_valid_gid = 0
auth_failure_delay = 0
mail_max_userip_connections = 50
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {root}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={group_id} home={root}/home
}}
service imap-login {{
  {chroot}
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  {chroot}
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  {chroot}
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
  }}
  mailbox Trash {{
    special_use = \\Trash
  }}
  mailbox Junk {{
    special_use = \\Junk
  }}
  mailbox Drafts {{
    special_use = \\Drafts
  }}
}}
"""


@dataclass
class Dovecot:
    """A server that can be stopped and started again on the same ports with the same mail."""

    root: Path
    host: str = "127.0.0.1"
    port: int = 0
    tls_port: int = 0
    user: str = USER
    password: str = PASSWORD
    process: subprocess.Popen[bytes] | None = None
    delivered: int = field(default=0, init=False)

    @property
    def certificate(self) -> Path:
        """The self-signed certificate, for SSL_CERT_FILE."""
        return self.root / "cert.pem"

    def start(self) -> None:
        """Start and wait until it greets."""
        self.process = subprocess.Popen(
            [BINARY, "-F", "-c", str(self.root / "dovecot.conf")], start_new_session=True
        )
        for _ in range(6_000):
            try:
                imaplib.IMAP4(self.host, self.port, timeout=2).shutdown()
                return
            except (OSError, imaplib.IMAP4.error):
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        log = self.root / "dovecot.log"
        raise RuntimeError(f"Dovecot did not start: {log.read_text() if log.exists() else 'no log'}")

    def stop(self) -> None:
        """Stop at once, open connections included; they outlive the master otherwise."""
        if self.process is None:
            return
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(5)
        self.process = None

    def deliver(self, message: bytes, folder: str = "INBOX", received: datetime | None = None) -> Path:
        """Put a message into the maildir, as a mail server would; `received` becomes its INTERNALDATE."""
        place = self.folder(folder)
        self.delivered += 1
        moment = (received or datetime.now(UTC)).timestamp()
        name = f"{int(moment)}.M{self.delivered:09}P{os.getpid()}.test"
        draft = place / "tmp" / name
        draft.write_bytes(message)
        os.utime(draft, (moment, moment))
        self._own(draft)
        return draft.rename(place / "new" / name)

    def folder(self, name: str) -> Path:
        """Return the folder's place, made if it is not there."""
        coded = "." + name.replace("/", ".").replace("&", "&-")
        coded = coded.replace("é", "&AOk-")
        place = self.root / "Maildir" / ("" if name == "INBOX" else coded)
        for part in ("", "cur", "new", "tmp"):
            if not (place / part).exists():
                (place / part).mkdir(parents=True)
                self._own(place / part)
        if name != "INBOX":
            (place / "maildirfolder").touch()
            self._own(place / "maildirfolder")
        return place

    def forget_uids(self, folder: str = "INBOX") -> None:
        """Lose the folder's UIDs, so that Dovecot hands out a new UIDVALIDITY. Stop it first."""
        for file in self.folder(folder).glob("dovecot*"):
            if file.is_file():
                file.unlink()
        for file in (self.root / "Maildir").glob("dovecot-uidvalidity*"):
            file.unlink()

    def client(self) -> imaplib.IMAP4:
        """A plain client of the standard library, signed in: a second pair of eyes for the tests."""
        client = imaplib.IMAP4(self.host, self.port, timeout=10)
        client.login(self.user, self.password)
        return client

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(path, "nobody", "nogroup")


def free_port() -> int:
    """Return a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def missing() -> str | None:
    """Say what stands in the way, or None."""
    if not Path(BINARY).exists():
        return "needs a mail server: apt-get install dovecot-imapd"
    version = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=False).stdout
    return (
        None
        if version.startswith("2.3")
        else f"knows the configuration of Dovecot 2.3, not {version.strip()}"
    )


def make(root: Path) -> Dovecot:
    """Write configuration, certificate and user under `root`, which `nobody` must be able to enter; not started."""
    server = Dovecot(root=root, port=free_port(), tls_port=free_port())
    root.chmod(0o755)
    root_runs = os.geteuid() == 0
    me, group = getpass.getuser(), str(os.getgid())
    subject = "-nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
    files = ["-keyout", str(root / "key.pem"), "-out", str(root / "cert.pem")]
    key = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
    subprocess.run([*key.split(), *subject.split(), *files], check=True, capture_output=True)
    (root / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    (root / "users").chmod(0o644)
    (root / "home").mkdir()
    server._own(root / "home")
    server.folder("INBOX")
    (root / "dovecot.conf").write_text(
        CONF.format(
            root=root,
            port=server.port,
            tls_port=server.tls_port,
            internal="dovecot" if root_runs else me,
            group="dovecot" if root_runs else subprocess.getoutput("id -gn"),
            login="dovenull" if root_runs else me,
            owner="nobody" if root_runs else os.geteuid(),
            group_id="nogroup" if root_runs else group,
            chroot="" if root_runs else "chroot =",
        )
    )
    return server


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """A running Dovecot with an empty mailbox; the test is skipped where it is not installed."""
    if reason := missing():
        pytest.skip(reason)
    root = Path(tempfile.mkdtemp(prefix="tribune-dovecot-"))
    server = make(root)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(root, ignore_errors=True)


def main() -> None:
    """Serve a mailbox of invented letters until Ctrl-C."""
    from tests.servers.mailbox import fill

    if reason := missing():
        sys.exit(reason)
    root = Path(tempfile.mkdtemp(prefix="tribune-dovecot-"))
    server = make(root)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server.start()
        count = fill(server)
        print(f"{count} messages. Ctrl-C stops.")
        print(f'host = "{server.host}"\nport = {server.port}  # TLS: {server.tls_port}\ntls = "none"')
        print(f'user = "{server.user}"\npassword: {server.password}', flush=True)
        signal.pause()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
