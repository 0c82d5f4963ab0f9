"""SES's refusals of a call: code, status and words."""

import json

from firstday.sandbox.emulation.xml_answers import Response

_STATUS = {"TooManyRequestsException": 429, "NotFoundException": 404}


class Refused(Exception):
    """SES does not do it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def response(self) -> Response:
        """The answer in SES v2's JSON."""
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": self.code}
        body = {"__type": self.code, "message": self.message}
        return _STATUS.get(self.code, 400), headers, json.dumps(body).encode()


def bad_request(message: str) -> Refused:
    """The refusal of a call that no SES would take."""
    return Refused("BadRequestException", message)
