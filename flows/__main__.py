"""`python -m flows server` and `python -m flows runner`: the parts that `tribune up` starts."""

import os
import sys
import time

from curation import config as configuration
from curation.config import Config
from curation.errors import ConfigError
from flows.environment import environment


def main() -> int:
    """Run the part named on the command line until it is told to stop."""
    parts = {"server", "runner"}
    if len(sys.argv) != 2 or sys.argv[1] not in parts:
        sys.stderr.write("Usage: python -m flows server|runner\n")
        return 2
    config = _patiently()
    os.environ.update(environment(config))
    # Prefect reads its settings when it is first imported, so it is imported only now.
    if sys.argv[1] == "server":
        from flows.server import serve

        return serve(config)
    from flows.runner import run

    return run(config)


def _patiently() -> Config:
    """Load tribune.toml; where it is broken, say so once and wait until it is mended."""
    said = ""
    while True:
        try:
            return configuration.load()
        except ConfigError as error:
            if str(error) != said:
                said = str(error)
                sys.stderr.write(f"ERROR {said}\nWaiting until it is mended.\n")
            time.sleep(2)


if __name__ == "__main__":
    sys.exit(main())
