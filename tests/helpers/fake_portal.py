"""Answers in place of the portal, for code that calls it with signed requests."""

import json
from collections.abc import Iterable
from typing import Any

from botocore.awsrequest import AWSPreparedRequest
from botocore.session import Session, get_session

from firstday.portal.api import PortalAPI
from firstday.portal.http import HTTPAnswer

URL = "https://portal.example.com/api"


def session() -> Session:
    """Credentials that nobody checks."""
    found = get_session({"profile": (None, None, None, None)})
    found.set_config_variable("region", "ap-northeast-1")
    found.set_credentials("AKIAIOSFODNN7EXAMPLE", "none")
    return found


class Script:
    """Gives the ``answers`` one after the other, and keeps what was asked and how long was waited."""

    def __init__(self, answers: Iterable[HTTPAnswer]) -> None:
        self._answers = iter(answers)
        self.requests: list[AWSPreparedRequest] = []
        self.pauses: list[float] = []
        self.api = PortalAPI(URL, session(), pause=self.pauses.append, transport=self._answer)

    @property
    def asked(self) -> list[tuple[str, str, Any]]:
        """(method, path with query, body) of every request."""
        return [
            (request.method, request.url.removeprefix(URL), json.loads(request.body) if request.body else None)
            for request in self.requests
        ]

    def _answer(self, request: AWSPreparedRequest) -> HTTPAnswer:
        self.requests.append(request)
        return next(self._answers)


def ok(**body: object) -> HTTPAnswer:
    return HTTPAnswer(200, json.dumps(body))


def refused(status: int, code: str, message: str = "No.") -> HTTPAnswer:
    return HTTPAnswer(status, json.dumps({"error": {"code": code, "message": message, "field": None}}))


def by_api_gateway(status: int, text: str, **headers: str) -> HTTPAnswer:
    """An answer that API Gateway makes by itself."""
    return HTTPAnswer(status, text, {"x-amzn-requestid": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", **headers})


BUSY = refused(503, "busy", "AWS is busy.")


class Invitations:
    """A portal that invites: ``links`` has the token of each member, ``made`` the names in their order."""

    def __init__(self) -> None:
        self.links: dict[str, str] = {}
        self.made: list[str] = []
        self.calls = 0
        self.pauses: list[float] = []
        self._first: list[HTTPAnswer | Exception | None] = []
        self.api = PortalAPI(URL, session(), pause=self.pauses.append, transport=self._answer)

    def first(self, *answers: HTTPAnswer | Exception | None) -> None:
        """First, each of these is answered or raised; None is an ordinary answer."""
        self._first += answers

    def _answer(self, request: AWSPreparedRequest) -> HTTPAnswer:
        self.calls += 1
        first = self._first.pop(0) if self._first else None
        if isinstance(first, Exception):
            raise first
        if first is not None:
            return first
        sent = json.loads(request.body)
        name, token = sent["user_name"], sent["token"]
        if self.links.setdefault(name, token) != token:
            return refused(409, "invited_already", f"{name} was invited already, by somebody.")
        if name not in self.made:
            self.made.append(name)
        return ok(
            user_name=name,
            groups=sent["groups"],
            is_new=True,
            organisation="Example Corp",
            expires_at="2026-11-30T00:00:00+00:00",
            token=f"{name}.{token}",
            passcode=sent.get("chosen_passcode"),
        )
