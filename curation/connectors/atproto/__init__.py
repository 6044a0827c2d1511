"""Reading AT Protocol: sessions, listings, and texts whose links stand beside them. `connectors/bluesky.py` uses it."""
