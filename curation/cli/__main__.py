"""`python -m curation.cli` is `tribune`."""

from curation.cli import main

main()
