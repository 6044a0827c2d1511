"""What proves a connector: a suite to subclass, and a way to serve a stand-in of its channel. See `contract`."""

try:
    import pytest
except ImportError as error:
    raise ImportError(
        "curation.testing is a suite for pytest, which is not installed: pip install pytest"
    ) from error

# Before their first import: so that a failed assertion shows its values here as in a test file.
for _name in ("trial", "reading", "failing", "hostile", "answering", "running"):
    pytest.register_assert_rewrite(f"curation.testing.{_name}")

from curation.testing.contract import Contract  # noqa: E402
from curation.testing.running import Kept, pages, pull  # noqa: E402
from curation.testing.serving import Site, StandIn, serve  # noqa: E402

__all__ = ["Contract", "Kept", "Site", "StandIn", "pages", "pull", "serve"]
