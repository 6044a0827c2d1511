"""Where Tribune keeps its files, and how it writes them."""

import os
import stat
from pathlib import Path

from platformdirs import user_data_path

from curation.errors import ConfigError


def home() -> Path:
    """TRIBUNE_HOME, else `data/home` in a checkout, else the person's own data folder."""
    if named := os.environ.get("TRIBUNE_HOME"):
        return Path(named).expanduser().absolute()
    checkout = Path(__file__).parents[2]
    if (checkout / "pyproject.toml").exists():
        return checkout / "data" / "home"
    return user_data_path("tribune", appauthor=False)


def shipped(name: str) -> Path:
    """Where a file that ships with Tribune lies: `tribune.toml` or `samples`, in a checkout or in a wheel."""
    checkout = Path(__file__).parents[2]
    in_checkout = checkout / {"samples": "data/samples"}.get(name, name)
    return in_checkout if in_checkout.exists() else Path(__file__).parents[1] / name


def ensure_home(path: Path | None = None) -> Path:
    """Create the home (0700) with the commented example configuration if there is none. Raises ConfigError."""
    path = path or home()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = path / "tribune.toml"
        if not file.exists():
            write_file(file, shipped("tribune.toml").read_text("utf-8"))
    except OSError as error:
        raise ConfigError(
            f"Cannot write in {path}: {error.strerror}. Make the folder writable, or set TRIBUNE_HOME to one that is."
        ) from error
    return path


def write_file(file: Path, text: str, mode: int | None = None) -> None:
    """Replace a file whole, atomically, where it really lies. `mode`: as it has now, or 0644.

    Raises ConfigError; then it is as it was.
    """
    file = file.resolve()
    if mode is None:
        mode = stat.S_IMODE(file.stat().st_mode) if file.exists() else 0o644
    temporary = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        temporary.unlink(missing_ok=True)
        temporary.touch(mode)
        with temporary.open("w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(file)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ConfigError(f"Cannot write {file}: {error.strerror}. Nothing was changed.") from error
