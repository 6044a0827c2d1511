"""`python -m tests.bench.lines`: each connector's lines, those of what it alone reads with, and what it was proven on.

dlt's verified Freshdesk source, which cannot reply, has 187 lines.
"""

import ast
import re
from collections import Counter
from pathlib import Path

from curation.connectors import installed, load
from tests.bench.measure import show

ROOT = Path(__file__).parents[2]
PLACE = ROOT / "curation/connectors"
PEER, MOST = 187, 150


def main() -> None:
    """Print the table."""
    about = dict(
        re.findall(r"^\| \[`(\w+)`\].*\| (.+) \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    )
    used = {
        name: modules(PLACE / f"{name}.py") for name in sorted(installed()) if (PLACE / f"{name}.py").exists()
    }
    users = Counter(file for files in used.values() for file in files)
    rows = []
    for name, files in used.items():
        own = lines(PLACE / f"{name}.py")
        beside = sum(lines(file) for file in files if users[file] == 1)
        replies = (
            "yes" if all(hasattr(load(name), part) for part in ("rules", "send", "find_reply")) else "no"
        )
        rows.append(
            [name, str(own), "yes" if own < MOST else "NO", str(beside or ""), replies, about.get(name, "")]
        )
    show(
        f"Connectors: lines (asked: under {MOST}; dlt's Freshdesk, without reply: {PEER}), and of modules only it uses",
        ["", "lines", "held", "beside", "answers", "proven on"],
        rows,
    )


def modules(file: Path, seen: frozenset[Path] = frozenset()) -> frozenset[Path]:
    """Return the files of `curation.connectors` that a module imports, however indirectly."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("curation.connectors"):
            folder = ROOT / (node.module or "").replace(".", "/")
            names = [folder.with_suffix(".py"), *(folder / f"{alias.name}.py" for alias in node.names)]
            for found in names:
                if found.exists() and found not in seen:
                    seen = modules(found, seen | {found})
    return seen


def lines(file: Path) -> int:
    """Count a file's lines."""
    return len(file.read_text("utf-8").splitlines())


if __name__ == "__main__":
    main()
