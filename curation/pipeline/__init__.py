"""One function per stage, working from outside the store through its client; flows and commands call these.

Every stage takes what has no result yet, computes, and saves: run again, it goes on where it was.
"""

from curation.pipeline.adapting import Learned, adapt
from curation.pipeline.discovering import discover
from curation.pipeline.noticing import notices
from curation.pipeline.pulling import check, preview, pull, replay
from curation.pipeline.runs import Counts, Progress, upkeep
from curation.pipeline.tagging import tag

__all__ = [
    "Counts",
    "Learned",
    "Progress",
    "adapt",
    "check",
    "discover",
    "notices",
    "preview",
    "pull",
    "replay",
    "tag",
    "upkeep",
]
