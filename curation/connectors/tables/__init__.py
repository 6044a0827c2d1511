"""Reading table exports: which files, what shape, which columns mean what, and dates. `connectors/file.py` uses it."""
