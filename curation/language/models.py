"""The models a team's own corrections made: numbered folders in `home/models`, and which of them is in force.

They are derived: `tribune adapt` makes one anew from the corrections in the store. One that was made on other weights
than those installed is passed over, so that an update of Tribune never stops the tagging.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curation.errors import ConfigError, Invalid, NotFound

if TYPE_CHECKING:
    # Whoever only asks which model is in force needs no numpy.
    from curation.language.heads import Head

MANIFEST = "model.json"
SHIPPED = "shipped"
KEPT = 10
_WEIGHTS = Path(__file__).with_name("weights")
_IN_FORCE = "in_force.json"


@dataclass(frozen=True, slots=True)
class Made:
    """One model. `about` says when and from what it was made, and what it changed; `fits`: on the installed weights."""

    name: str
    digest: str
    fits: bool
    about: Mapping[str, Any]


def folder(home: Path, name: str) -> Path:
    """Return where a model lies. Raises NotFound, listing those there are."""
    path = home / "models" / name
    if not name.isdecimal() or not (path / MANIFEST).exists():
        listed = ", ".join([one.name for one in made(home)] + [SHIPPED])
        raise NotFound(f"There is no model {name[:40]!r}. There are: {listed}.")
    return path


def made(home: Path) -> list[Made]:
    """List the models, newest first."""
    found = []
    paths = [path for path in (home / "models").glob("*") if path.name.isdecimal()]
    for path in sorted(paths, key=lambda one: -int(one.name)):
        try:
            said = json.loads((path / MANIFEST).read_text("utf-8"))
            found.append(Made(path.name, said["digest"], said["base"] == _installed(), said["about"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def in_force(home: Path) -> str:
    """Return the name of the model comments are tagged with: a number, or "shipped"."""
    return _used(home)[-1]


def chosen(home: Path) -> Path | None:
    """Return the folder of the model in force; None for the shipped weights alone."""
    name = in_force(home)
    known = {one.name: one for one in made(home)} if name != SHIPPED else {}
    return home / "models" / name if name in known and known[name].fits else None


def add(home: Path, made_of: Mapping[str, "Head"], about: Mapping[str, Any]) -> str:
    """Keep a new model, not in force yet; return its name. The oldest ones beyond ten go."""
    from curation.language.heads import save_model

    numbers = [int(path.name) for path in (home / "models").glob("*") if path.name.isdecimal()]
    name = str(max(numbers, default=0) + 1)
    save_model(home / "models" / name, made_of, base=_installed(), about=about)
    used = set(_used(home)[-2:])
    for old in sorted(numbers, reverse=True)[KEPT - 1 :]:
        if str(old) not in used:
            shutil.rmtree(home / "models" / str(old), ignore_errors=True)
    return name


def use(home: Path, name: str) -> None:
    """Tag with this model from now on, or with the shipped weights. Raises NotFound, Invalid where it does not fit."""
    if name != SHIPPED:
        folder(home, name)
        if not any(one.fits for one in made(home) if one.name == name):
            raise Invalid(
                f"Model {name} cannot be read, or was made on the weights of another version of Tribune."
                " Make a new one: tribune adapt"
            )
    used = _used(home)
    # To go back is to forget what was used since.
    _write(home, used[: used.index(name) + 1] if name in used else [*used, name][-KEPT:])


def before(home: Path) -> str:
    """Return what was in force before. Raises NotFound where nothing was."""
    used = _used(home)
    if len(used) < 2:
        raise NotFound("Nothing was in force before the shipped weights. There is nothing to go back to.")
    return used[-2]


def _used(home: Path) -> list[str]:
    try:
        used = json.loads((home / "models" / _IN_FORCE).read_text("utf-8"))["used"]
        return [str(name) for name in used] or [SHIPPED]
    except FileNotFoundError:
        return [SHIPPED]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{home / 'models' / _IN_FORCE} cannot be read ({error}). Delete it to tag with the shipped weights,"
            " then choose: tribune models use"
        ) from error


def _write(home: Path, used: list[str]) -> None:
    path = home / "models" / _IN_FORCE
    path.parent.mkdir(exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps({"used": used}) + "\n", "utf-8")
    new.replace(path)


def _installed() -> str:
    return digest(_WEIGHTS)


def digest(path: Path) -> str:
    """Return the digest that a model's manifest names."""
    return str(json.loads((path / MANIFEST).read_text("utf-8"))["digest"])
