"""``python -m firstday.openapi`` writes docs/openapi.json."""

from firstday.openapi.document import FILE, written

FILE.write_text(written(), encoding="utf-8")
