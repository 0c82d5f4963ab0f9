"""The admin API's JSON, written once: the portal answers with these records, the terminal reads them, and
docs/openapi.json is generated from their types, docstrings and annotations.

The portal imports them for their types only, to keep them off the cold start.
"""
