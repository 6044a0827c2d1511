"""Reading mail: mailboxes, MIME, what is quoted and what the person wrote. `connectors/imap.py` uses it."""
