"""From a collection to files anybody may read: pages, feeds, an embed. Pure: what may be published is decided here, too."""

from curation.publishing.clearing import (
    KINDS,
    SHOWN,
    STATES,
    USES,
    called,
    comment_state,
    obstacle,
    with_clearance,
)
from curation.publishing.files import MEDIA, publish, zipped
from curation.publishing.spans import Found, differences, locate

__all__ = [
    "KINDS",
    "MEDIA",
    "SHOWN",
    "STATES",
    "USES",
    "Found",
    "called",
    "comment_state",
    "differences",
    "locate",
    "obstacle",
    "publish",
    "with_clearance",
    "zipped",
]
