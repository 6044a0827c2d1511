"""One function per stage, working from outside the store through its client; flows and commands call these.

Every stage takes what has no result yet, computes, and saves: run again, it goes on where it was.
"""

from curation.connectors.noticing import notices
from curation.pipeline.adapting import Learned, adapt
from curation.pipeline.discovering import discover
from curation.pipeline.pulling import check, preview, preview_of, pull, replay
from curation.pipeline.runs import Counts, Progress, upkeep
from curation.pipeline.sending import Sent, send
from curation.pipeline.tagging import tag
from curation.pipeline.telling import tell
from curation.pipeline.watching import try_out, watch

__all__ = [
    "Counts",
    "Learned",
    "Progress",
    "Sent",
    "adapt",
    "check",
    "discover",
    "notices",
    "preview",
    "preview_of",
    "pull",
    "replay",
    "send",
    "tag",
    "tell",
    "try_out",
    "upkeep",
    "watch",
]
