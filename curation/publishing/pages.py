"""Pages that need nothing else: no script, nothing fetched, a policy that forbids both, light and dark by the reader's choice.

Jinja escapes every value; texts are set apart by `dir=auto`, so that what turns text around ends with them.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from babel.dates import format_date
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from curation.publishing.entries import Entry, writable
from curation.publishing.wording import WORDS


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("curation.publishing"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def page(template: str, collection: Mapping[str, Any], shown: Sequence[Entry], today: date) -> str:
    """Write `page.html`, `embed.html` or the bare `quotes.html` for `shown`."""
    language = collection["language"]
    environment = _environment()
    style = environment.get_template("style.css").render()
    hashed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return environment.get_template(template).render(
        title=writable(collection["title"]),
        about=writable(collection["about"]),
        language=language,
        entries=shown,
        say=WORDS[language],
        day=lambda value: format_date(value, "long", locale=language),
        today=today,
        style=Markup(style),  # noqa: S704 - our own file
        policy=f"default-src 'none'; style-src 'sha256-{hashed}'; base-uri 'none'; form-action 'none'",
    )
