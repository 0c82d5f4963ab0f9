"""A browser without a screen: keeps cookies, fills in forms, and reads pages.

It sends requests through a function that it is given, so the same journey runs against
the app in process and against a portal on the network.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

FIELDS = frozenset({"input", "button", "textarea"})
VOID = frozenset({"meta", "input", "br", "link", "path", "hr", "img"})


@dataclass(frozen=True)
class PageAnswer:
    status: int
    headers: Mapping[str, list[str]]
    body: str


Send = Callable[[str, str, dict[str, str], str], PageAnswer]


@dataclass
class Form:
    """``seconds``: the page's script sends it again by itself after so long, since AWS was busy; None is never."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    seconds: int | None = None

    @property
    def is_automatic(self) -> bool:
        return self.seconds is not None

    def is_for(self, path: str) -> bool:
        """Whether it is sent to an address that ends so, whatever the query."""
        return self.action.partition("?")[0].endswith(path)


class Page(HTMLParser):
    """The contents of a page: its heading, forms, links, text, and the elements with an id."""

    def __init__(self, answer: PageAnswer) -> None:
        super().__init__()
        self.answer = answer
        self.heading = ""
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.by_id: dict[str, str] = {}
        self.text = ""
        self._chosen = ""
        self._open: list[tuple[str, str | None, str | None]] = []
        self.feed(answer.body)

    @property
    def status(self) -> int:
        return self.answer.status

    def form(self, action: str, nth: int = 0) -> Form:
        """The form whose action's path ends with ``action``, leaving out the language switch."""
        found = [form for form in self.forms if form.is_for(action) and "lang" not in form.fields]
        return found[nth]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            wait = values.get("data-automatic")
            seconds = int(wait) if wait else None
            self.forms.append(Form(values.get("action", ""), values.get("method", "get"), {}, seconds))
        is_ticked = values.get("type") != "checkbox" or "checked" in values
        if tag in FIELDS and "name" in values and is_ticked and self._inside("form"):
            self.forms[-1].fields[values["name"]] = values.get("value", "")
        if tag == "select":
            self._chosen = values["name"]
            self.forms[-1].fields[self._chosen] = ""
        # The one that is selected, else the first, as in a browser.
        if tag == "option" and ("selected" in values or not self.forms[-1].fields[self._chosen]):
            self.forms[-1].fields[self._chosen] = values["value"]
        if tag not in VOID:
            self._open.append((tag, values.get("id"), values.get("href")))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._inside("script") or self._inside("style"):
            return
        self.text += data
        if self._inside("h1"):
            self.heading += data
        if self._inside("textarea"):  # the newline after its start tag is not part of it
            *_, name = self.forms[-1].fields
            self.forms[-1].fields[name] += data.removeprefix("\n")
        for _, identifier, href in self._open:
            if identifier:
                self.by_id[identifier] = self.by_id.get(identifier, "") + data
            if href:
                self.links[href] = self.links.get(href, "") + data

    def _inside(self, tag: str) -> bool:
        return any(tag == opened for opened, _, _ in self._open)


class Browser:
    """``root`` is the portal's URL without a slash at its end; ``set_cookies`` are all such headers."""

    def __init__(self, send: Send, root: str, *, language: str = "en") -> None:
        self._send = send
        self.root = root
        self.language = language
        self.cookies: dict[str, str] = {}
        self.set_cookies: list[str] = []
        # Whether pages can run their script, which tells the portal so.
        self.has_script = True
        # How many forms were sent again because the portal could not tell who sent them.
        self.resent = 0

    def get(self, address: str) -> Page:
        return self._load("GET", address, "")

    def submit(self, form: Form, **typed: str) -> Page:
        """Send ``form`` as its page would, with ``typed`` filled in."""
        return self.post(form.action, {**form.fields, **typed})

    def post(self, address: str, fields: Mapping[str, str]) -> Page:
        by_script = {"script": "yes"} if self.has_script else {}
        return self._load("POST", address, urlencode({**fields, **by_script}))

    def _load(self, method: str, address: str, body: str) -> Page:
        parts = urlsplit(self.root)
        url = urljoin(f"{self.root}/", address)
        headers = {"Accept-Language": self.language, "Host": parts.netloc, "Sec-Fetch-Site": "same-origin"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        where = urlsplit(url)
        answer = self._send(method, where.path + (f"?{where.query}" if where.query else ""), headers, body)
        for line in answer.headers.get("set-cookie", []):
            self.set_cookies.append(line)
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        if answer.status == 303:
            return self._load("GET", answer.headers["location"][0], "")
        if answer.status == 307:  # the same form again, as the portal has not read it
            self.resent += 1
            return self._load(method, answer.headers["location"][0], body)
        return Page(answer)
