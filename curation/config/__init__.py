"""`tribune.toml` and the environment become one frozen Config; nothing is read at import.

The file is the truth for sources, schedules, pauses and limits. Commands and the Sources page edit it in
place with its comments kept. Secrets never live here: they come from the environment or `secrets.toml` (0600).
"""

from curation.config.editing import change_schedule, edit, remove_source, save_secret, save_source
from curation.config.home import ensure_home, home, shipped
from curation.config.hours import Hours, promise
from curation.config.model import (
    LOOPBACK,
    App,
    Config,
    Flows,
    Opinion,
    ReplyModel,
    Schedule,
    SourceConfig,
    Store,
    Tagging,
    Upkeep,
)
from curation.config.reading import SOURCE_NAME, load, parse
from curation.config.rules import ReviewRule
from curation.config.settings import (
    alert_addresses,
    check_settings,
    is_secret,
    notices_password,
    secret_variable,
    sign_in_secrets,
)
from curation.config.signing_in import SignIn
from curation.config.voice import Voice

__all__ = [
    "LOOPBACK",
    "SOURCE_NAME",
    "App",
    "Config",
    "Flows",
    "Hours",
    "Opinion",
    "ReplyModel",
    "ReviewRule",
    "Schedule",
    "SignIn",
    "SourceConfig",
    "Store",
    "Tagging",
    "Upkeep",
    "Voice",
    "alert_addresses",
    "change_schedule",
    "check_settings",
    "edit",
    "ensure_home",
    "home",
    "is_secret",
    "load",
    "notices_password",
    "parse",
    "promise",
    "remove_source",
    "save_secret",
    "save_source",
    "secret_variable",
    "shipped",
    "sign_in_secrets",
]
