"""`python -m tests.bench.crowd`: the app with page tokens for people who look at it, which `tests.bench.people` simulates."""

import sys

import orjson

from curation import config
from curation.api import page_token
from curation.models import PERMISSIONS, Who
from dashboards.__main__ import main

MOST = 1_000
FILE = "crowd.json"

if __name__ == "__main__":
    file = config.load().home / FILE
    names = [f"person {number}" for number in range(MOST)]
    file.touch(0o600)
    file.write_bytes(
        orjson.dumps({name: page_token(Who(name=name, permissions=frozenset(PERMISSIONS))) for name in names})
    )
    sys.exit(main())
