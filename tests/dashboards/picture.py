"""Make the README's picture: `python -m tests.dashboards.picture` pulls the samples, tags them and looks."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from curation import config
from tests.dashboards.started import ROOT, free_port, started

PICTURE = ROOT / "dashboards" / "picture.png"


def main() -> None:
    """Take the inbox, narrowed to delivery, with the newest comment open."""
    with tempfile.TemporaryDirectory() as folder:
        home, port = Path(folder), free_port()
        (home / "tribune.toml").write_text(f"[app]\nport = {port}\n")
        config.save_source("samples", "file", {"path": str(config.shipped("samples"))}, path=home)
        command = [sys.executable, "-m", "curation.cli", "run"]
        subprocess.run(command, env={**os.environ, "TRIBUNE_HOME": folder}, check=True)
        with started(home, port), sync_playwright() as play:
            browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"http://127.0.0.1:{port}/?topic=delivery")
            page.get_by_role("option").first.wait_for()
            page.get_by_role("option").first.click()
            page.get_by_role("button", name="Positive").last.wait_for()
            page.wait_for_timeout(1500)
            page.screenshot(path=PICTURE)
            browser.close()


if __name__ == "__main__":
    main()
