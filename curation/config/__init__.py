"""`tribune.toml` and the environment become one frozen Config; nothing is read at import.

The file is the truth for sources, schedules, pauses and limits. Commands and the Sources page edit it in
place with its comments kept. Secrets never live here: they come from the environment or `secrets.toml` (0600).
"""

from curation.config.editing import change_schedule, edit, remove_source, save_secret, save_source
from curation.config.home import ensure_home, home, shipped
from curation.config.model import App, Config, Flows, Opinion, Schedule, SourceConfig, Store, Tagging, Upkeep
from curation.config.reading import SOURCE_NAME, load, parse
from curation.config.settings import check_settings, is_secret, secret_variable

__all__ = [
    "SOURCE_NAME",
    "App",
    "Config",
    "Flows",
    "Opinion",
    "Schedule",
    "SourceConfig",
    "Store",
    "Tagging",
    "Upkeep",
    "change_schedule",
    "check_settings",
    "edit",
    "ensure_home",
    "home",
    "is_secret",
    "load",
    "parse",
    "remove_source",
    "save_secret",
    "save_source",
    "secret_variable",
    "shipped",
]
