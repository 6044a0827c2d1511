"""Stand-ins of channels: small honest emulations of the endpoints that connectors use."""
