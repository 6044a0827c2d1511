"""The store: one DuckDB file and one search index. The only importer of duckdb and tantivy."""

from curation.store.connection import Store, guarded, holder, open_store

__all__ = ["Store", "guarded", "holder", "open_store"]
