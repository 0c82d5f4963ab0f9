"""The answers of DynamoDB and IAM to the measured requests, over TLS; near, and as far as us-east-1 is.

It keeps no state, so that every request may be repeated. It runs as a process of its own, beside the measured one:
``python -m bench.fake_aws CHAIN`` prints its addresses as JSON, and ends with its standard input.
"""

import asyncio
import base64
import binascii
import json
import os
import ssl
import sys
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from bench.delay import delaying
from bench.members import SEED, console_session, many, on_their_first_day, yesterdays_events
from chalicelib.admin.census import census_of
from chalicelib.aws.census_table import KEY, census_item
from chalicelib.aws.items import event_item, item, member_item
from chalicelib.settings.reader import load
from chalicelib.wiring import SETTINGS_FILE

# Round trips in seconds from ap-northeast-1: DynamoDB is there, IAM answers from us-east-1.
FAR = {"dynamodb": 0.002, "iam": 0.150}
Answer = tuple[int, bytes]

_IAM = """\
<{0}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/">{1}<ResponseMetadata>\
<RequestId>7a62c49f-347e-4fc4-9331-6e8eexample</RequestId></ResponseMetadata></{0}Response>"""
_DEVICE = """\
<CreateVirtualMFADeviceResult><VirtualMFADevice><SerialNumber>arn:aws:iam::123456789012:mfa/{0}</SerialNumber>\
<Base32StringSeed>{1}</Base32StringSeed><QRCodePNG>{2}</QRCodePNG></VirtualMFADevice></CreateVirtualMFADeviceResult>"""
_NO_KEYS = """\
<ListAccessKeysResult><AccessKeyMetadata/><IsTruncated>false</IsTruncated></ListAccessKeysResult>"""
_KEY = """\
<CreateAccessKeyResult><AccessKey><UserName>{0}</UserName><AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId>\
<Status>Active</Status><SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY</SecretAccessKey>\
<CreateDate>2026-01-01T00:00:00Z</CreateDate></AccessKey></CreateAccessKeyResult>"""
# As long as the real one's.
_PNG = base64.b64encode(b"\x89PNG" * 400).decode()


class Tables:
    """What DynamoDB answers."""

    def __init__(self) -> None:
        self._members = [member_item(member) for member in many()]
        self._first_day = {member.user_name: member_item(member) for member in on_their_first_day()}
        session = console_session()
        self._session = item({name: getattr(session, name) for name in session.__dataclass_fields__})
        self._census = census_item(census_of(many(), session.started_at, load(SETTINGS_FILE)))
        self._events = [event_item(event) for event in yesterdays_events()]

    def answer(self, headers: dict[str, str], body: bytes) -> Answer:
        operation = headers["x-amz-target"].partition(".")[2]
        return 200, json.dumps(getattr(self, operation)(json.loads(body))).encode()

    def GetItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 -- DynamoDB's names
        if "name" in request["Key"]:
            return {"Item": self._first_day[request["Key"]["name"]["S"]]}
        return {"Item": self._census if request["Key"]["pk"]["S"] == KEY else self._session}

    def UpdateItem(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        claim = request["ExpressionAttributeValues"].get(":claim")
        claimed = {"claimed_by": claim} if claim else {}
        return {"Attributes": {**self._first_day[request["Key"]["name"]["S"]], **claimed}}

    def TransactWriteItems(self, _: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {}

    def Query(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if "IndexName" in request:
            return {"Items": self._events, "Count": len(self._events), "ScannedCount": len(self._events)}
        found = self._members[: request["Limit"]]
        last = {name: found[-1][name] for name in ("directory", "name")}
        return {"Items": found, "Count": len(found), "ScannedCount": len(found), "LastEvaluatedKey": last}


def iam(_: dict[str, str], body: bytes) -> Answer:
    sent = dict(parse_qsl(body.decode()))
    results = {
        "AddUserToGroup": "",
        "CreateAccessKey": _KEY.format(sent.get("UserName")),
        "CreateVirtualMFADevice": _DEVICE.format(
            sent.get("VirtualMFADeviceName"), base64.b64encode(SEED.encode()).decode(), _PNG
        ),
        "EnableMFADevice": "",
        "ListAccessKeys": _NO_KEYS,
    }
    return 200, _IAM.format(sent["Action"], results[sent["Action"]]).encode()


async def _serve(answer: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            # Firstday opens its connections by asking for nothing.
            status, answered = answer(headers, body) if body else (200, b"healthy")
            # Real DynamoDB sends the checksum, and botocore computes it.
            checked = f"x-amz-crc32: {binascii.crc32(answered)}\r\n" if "x-amz-target" in headers else ""
            writer.write(
                f"HTTP/1.1 {status} OK\r\nContent-Length: {len(answered)}\r\n{checked}"
                "x-amzn-RequestId: 7a62c49f\r\n\r\n".encode()
                + answered
            )
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(chain: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    urls: dict[str, dict[str, str]] = {"near": {}, "far": {}}
    for service, answer in {"dynamodb": Tables().answer, "iam": iam}.items():
        server = await asyncio.start_server(partial(_serve, answer), "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        urls["near"][service] = f"https://127.0.0.1:{port}"
        urls["far"][service] = f"https://127.0.0.1:{await delaying(port, FAR[service])}"
    print(json.dumps(urls), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    os._exit(0)  # asyncio would report each connection that an ended function has left open


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
