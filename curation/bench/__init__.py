"""Invented comments, by the million: what a store is measured with before it has any of its own."""
