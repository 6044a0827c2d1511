"""Reading a ticket system's transactions. `connectors/request_tracker.py` uses it."""
