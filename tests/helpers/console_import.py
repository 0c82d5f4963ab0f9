"""Importing a list at the console."""

import base64
import csv
import io

from firstday.verification.browser import Browser, Page
from tests.helpers.console_administrator import FORM, cookie, multipart
from tests.helpers.worlds import in_process

LIST = "user_name,groups,passcode\nfirst,,\nsecond,developers operators,yes\nthird,,\n"


def check(admin: Browser, text: str) -> Page:
    return admin.submit(admin.get("console/import").form("import-check"), csv=text)


def upload(admin: Browser, file: bytes, **fields: str) -> Page:
    content_type, body = multipart({"csv": "", **fields}, file)
    headers = FORM | cookie(admin) | {"Content-Type": content_type, "Accept-Language": "en"}
    return Page(in_process("POST", "/api/console/import-check", headers, body))


def started(admin: Browser, text: str) -> Page:
    return admin.submit(check(admin, text).form("console/import"))


def to_the_end(admin: Browser, page: Page) -> list[Page]:
    pages = [page]
    while page.heading != "The import is done":
        page = admin.submit(page.form("console/import"))
        pages.append(page)
        assert len(pages) < 50
    return pages


def results(page: Page) -> list[dict[str, str]]:
    (href,) = (href for href in page.links if href.startswith("data:"))
    text = base64.b64decode(href.partition(",")[2]).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))
