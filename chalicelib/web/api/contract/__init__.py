"""The admin API's JSON, written once: the portal answers with these records, the terminal reads them, and
docs/openapi.json is made of them. A field's description there is the comment behind it, or above it.

The portal imports them for their types only, to keep them off the cold start. A ``...Body`` is what is sent.
"""
