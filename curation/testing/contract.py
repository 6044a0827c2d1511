"""One suite every connector passes: ours, and yours.

Write a stand-in of the channel, a class with the methods of `serving.StandIn` and no base: it answers the few endpoints the
connector uses as the channel would, checks the credentials, and lets a test add, edit and delete comments. Then a test file is

    from curation.testing import Contract
    from guestbook_stand_in import GuestbookStandIn


    class TestGuestbook(Contract):
        stand_in = GuestbookStandIn

and `pytest` runs everything that `reading`, `failing`, `hostile` and `answering` hold. `stand_in.connector` is the connector's
name as it is installed, or its class. The stand-in is served on loopback; nothing of the connector is patched, so its settings
must be able to point at `http://127.0.0.1:…` (for `Http`: `private=True`).

A connector that uses `curation.connectors.http.Http` waits no longer than the suite's patience by itself. One with a client of
its own takes short time-outs in `StandIn.settings`.

Where a channel means something else by a status, say so: `errors = {403: TryAgain}`. A test that cannot hold for a channel is
overridden with one that says why:

    def test_edits(self):
        pytest.skip("the channel shows edits a day later")

The suite needs pytest: `pip install pytest`. Nothing else of Tribune imports this package.
"""

from curation.testing.answering import Answering
from curation.testing.failing import Failing
from curation.testing.hostile import Hostile
from curation.testing.reading import Reading


class Contract(Reading, Failing, Hostile, Answering):
    """Everything a connector promises. Subclass it as `Test…` with a `stand_in`."""
