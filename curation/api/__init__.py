"""The API: routes parse, call, return. It runs mounted in the dashboard, headless, or embedded in a command."""

from curation.api.app import create_api
from curation.api.auth import page_token
from curation.api.guard import Guard
from curation.api.serving import Served, embedded, opened

__all__ = ["Guard", "Served", "create_api", "embedded", "opened", "page_token"]
