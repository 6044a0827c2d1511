"""A real WordPress on loopback: Debian's package, PHP's own web server, and a MariaDB of its own that only it can reach.

Needs Debian's `wordpress`, `php-cli`, `php-mysql` and `mariadb-server`. Nothing of the system's own WordPress or
MariaDB is touched: site, data and socket lie in a temporary folder. Users: `admin`; `feedback`, who may edit posts and
moderate comments; `reader`, who may moderate them and edit no post of others; `answers`, who may only comment.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

SHIPPED = Path("/usr/share/wordpress")
PROGRAMS = ("php", "mariadbd", "mariadb-install-db")
ZONE = "Europe/Paris"
CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'root'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:ROOT/sql.sock'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
foreach (['AUTH_KEY', 'SECURE_AUTH_KEY', 'LOGGED_IN_KEY', 'NONCE_KEY', 'AUTH_SALT', 'SECURE_AUTH_SALT',
          'LOGGED_IN_SALT', 'NONCE_SALT'] as $name) define($name, "only for tests $name");
define('WP_HTTP_BLOCK_EXTERNAL', true); define('AUTOMATIC_UPDATER_DISABLED', true); define('DISABLE_WP_CRON', true);
define('WP_ENVIRONMENT_TYPE', 'local');  // application passwords over http
define('WP_CONTENT_DIR', 'ROOT/content');
define('WP_HOME', 'http://127.0.0.1:PORT'); define('WP_SITEURL', WP_HOME);
$table_prefix = 'wp_';
if (!defined('ABSPATH')) define('ABSPATH', __DIR__ . '/');
require_once ABSPATH . 'wp-settings.php';
"""
SETUP = """<?php
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = '127.0.0.1:PORT'; $_SERVER['REQUEST_URI'] = '/';
function wp_new_blog_notification() {}
require 'ROOT/site/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('Widget Blog', 'admin', 'admin@widget.test', true, '', 'only for tests');
foreach (['permalink_structure' => '/%postname%/', 'comment_moderation' => 0, 'comment_previously_approved' => 0,
          'timezone_string' => 'ZONE'] as $name => $value) update_option($name, $value);
$rights = ['read' => true, 'edit_posts' => true, 'moderate_comments' => true];
add_role('reader', 'Reader', $rights);
add_role('feedback', 'Feedback', $rights + ['edit_others_posts' => true, 'edit_published_posts' => true]);
add_role('answers', 'Answers', ['read' => true]);
$made = [];
foreach (['admin' => 'administrator', 'feedback' => 'feedback', 'reader' => 'reader', 'answers' => 'answers']
         as $name => $role) {
  $user = get_user_by('login', $name);
  $id = $user ? $user->ID : wp_insert_user(['user_login' => $name, 'user_pass' => 'only for tests',
    'user_email' => "$name@widget.test", 'display_name' => ucfirst($name), 'role' => $role]);
  $made[$name] = WP_Application_Passwords::create_new_application_password($id, ['name' => 'tribune'])[0];
}
wp_delete_comment(1, true);
echo json_encode($made);
"""
LOAD = "$_SERVER['HTTP_HOST'] = '127.0.0.1'; require 'ROOT/site/wp-load.php'; "
CHANGE = LOAD + "wp_update_comment(['comment_ID' => $argv[1], 'comment_content' => $argv[2]]);"
EMPTY = LOAD + "$wpdb->query('delete from wp_comments'); wp_cache_flush();"
FILL = (
    LOAD
    + """foreach (json_decode($argv[2]) as $n => $at) wp_insert_comment(['comment_post_ID' => $argv[1],
  'comment_author' => 'Ana', 'comment_author_email' => 'ana@post.test', 'comment_content' => "Nr $n",
  'comment_date_gmt' => $at, 'comment_date' => get_date_from_gmt($at), 'comment_approved' => 1]);"""
)


@dataclass
class Wordpress:
    """A site with one post; `passwords` are application passwords by user."""

    root: Path
    port: int
    passwords: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The site's address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Lay out the site, start MariaDB and PHP, install; about ten seconds."""
        data, site = self.root / "data", self.root / "site"
        (self.root / "content").mkdir()
        site.mkdir()
        for file in SHIPPED.glob("*.php"):
            if file.name != "wp-config.php":
                shutil.copy(file, site)
        for folder in ("wp-includes", "wp-admin"):
            (site / folder).symlink_to(SHIPPED / folder)
        for file, text in ((site / "wp-config.php", CONFIG), (self.root / "setup.php", SETUP)):
            text = text.replace("ROOT", str(self.root)).replace("PORT", str(self.port)).replace("ZONE", ZONE)
            file.write_text(text)
        user = "mysql" if os.geteuid() == 0 else None
        if user:
            shutil.chown(self.root, user)
        who = [f"--user={user}"] if user else []
        auth = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        self._run(["mariadb-install-db", "--no-defaults", f"--datadir={data}", *auth, *who])
        sql = ["--no-defaults", f"--datadir={data}", f"--socket={self.root}/sql.sock", "--skip-networking"]
        quick = ["--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M", "--skip-log-bin"]
        self._serve(["mariadbd", *sql, *quick, f"--pid-file={self.root}/sql.pid", *who], "sql.log", {})
        self._wait(lambda: (self.root / "sql.sock").exists(), "sql.log")
        self._run([*self._php(), "-r", self._create()])
        self.passwords = json.loads(self._run([*self._php(), str(self.root / "setup.php")]))
        serve = ["-S", f"127.0.0.1:{self.port}", "-t", str(site)]
        self._serve([*self._php(), *serve], "php.log", {"PHP_CLI_SERVER_WORKERS": "2"})
        self._wait(lambda: self.call("GET", "users/me").status_code == 200, "php.log")

    def call(self, method: str, path: str, user: str = "admin", **more: Any) -> httpx.Response:
        """Speak to the REST API as `user`: a second pair of eyes, and the hands of site and customers."""
        auth = (user, self.passwords[user])
        return httpx.request(method, f"{self.url}/wp-json/wp/v2/{path}", auth=auth, timeout=30, **more)

    def post(self) -> int:
        """Publish a fresh post that takes comments; return its id."""
        made = self.call(
            "POST", "posts", json={"title": "Widget", "content": "About it.", "status": "publish"}
        )
        made.raise_for_status()
        return int(made.json()["id"])

    def comment(self, post: int, text: str, **more: Any) -> int:
        """Have a visitor's comment appear; `more`: author_name, date_gmt, parent, status … Return its id."""
        about = {"author_name": "Ana", "author_email": "ana@post.test", **more}
        made = self.call("POST", "comments", json={"post": post, "content": text, **about})
        made.raise_for_status()
        return int(made.json()["id"])

    def fill(self, post: int, times: Iterable[datetime]) -> None:
        """Have a comment of each of these times (aware) stand there, as an import would bring them."""
        said = [f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for at in times]
        self._run([*self._php(), "-r", FILL.replace("ROOT", str(self.root)), str(post), json.dumps(said)])

    def change(self, key: str, text: str) -> None:
        """Edit a comment as the page of wp-admin does; over REST the agent becomes the editor's."""
        self._run([*self._php(), "-r", CHANGE.replace("ROOT", str(self.root)), key, text])

    def empty(self) -> None:
        """Delete every comment for good."""
        self._run([*self._php(), "-r", EMPTY.replace("ROOT", str(self.root))])

    def stop(self) -> None:
        """Stop what was started, PHP's workers included."""
        for process in reversed(self.processes):
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)
        self.processes.clear()

    def _php(self) -> list[str]:
        return [
            "php",
            "-d",
            "opcache.enable_cli=1",
            "-d",
            "sendmail_path=/bin/true",
            "-d",
            "error_reporting=0",
        ]

    def _create(self) -> str:
        return f"(new mysqli(null, 'root', '', '', 0, '{self.root}/sql.sock'))->query('create database wordpress');"

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stdout[-1000:]}{done.stderr[-1000:]}")
        return done.stdout

    def _serve(self, command: list[str], log: str, more: dict[str, str]) -> None:
        with (self.root / log).open("wb") as out:
            self.processes.append(
                subprocess.Popen(
                    command, stdout=out, stderr=out, env={**os.environ, **more}, start_new_session=True
                )
            )

    def _wait(self, ready: Any, log: str) -> None:
        for _ in range(6_000):
            with suppress(httpx.TransportError):
                if ready():
                    return
            if self.processes[-1].poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"It did not start: {(self.root / log).read_text()[-2000:]}")


def missing() -> str | None:
    """Say what stands in the way, or None."""
    absent = [name for name in PROGRAMS if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]
    if absent or not (SHIPPED / "wp-load.php").exists():
        return "needs a WordPress: apt-get install --no-install-recommends wordpress php-cli php-mysql mariadb-server"
    modules = subprocess.run(["php", "-m"], capture_output=True, text=True, check=False).stdout
    return None if "mysqli" in modules else "needs PHP's module for MariaDB: apt-get install php-mysql"


@pytest.fixture(scope="module")
def wordpress() -> Iterator[Wordpress]:
    """A running WordPress without comments; the tests are skipped where it is not installed."""
    if reason := missing():
        pytest.skip(reason)
    root = Path(tempfile.mkdtemp(prefix="tribune-wordpress-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    root.chmod(0o755)
    server = Wordpress(root=root, port=port)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(root, ignore_errors=True)
