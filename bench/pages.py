"""The requests that are measured, as API Gateway hands them to Lambda."""

import time
from typing import Any
from urllib.parse import urlencode

from bench.members import INVITED, PROVED, REGISTERING, SEED, TOKEN
from chalicelib.members.mfa import code_at, step_at

HOST = "abc123.execute-api.ap-northeast-1.amazonaws.com"
FORM = "application/x-www-form-urlencoded"
Event = dict[str, Any]


def start() -> Event:
    return _event("GET", "/start")


def open_invitation() -> Event:
    return _event("POST", "/start", form={"token": f"{INVITED}.{TOKEN}"})


def show_register_device() -> Event:
    return _event("GET", "/register-device", member=REGISTERING)


def register_device() -> Event:
    return _event("POST", "/register-device", member=REGISTERING, form={})


def codes() -> Event:
    """With the two codes before the present one, which are good for half a minute more."""
    step = step_at(time.time())
    typed = {"code1": code_at(SEED, step - 1), "code2": code_at(SEED, step)}
    return _event("POST", "/codes", member=REGISTERING, form={"seed": SEED, **typed})


def issue_access_key() -> Event:
    return _event("POST", "/access-key", member=PROVED, form={})


def config() -> Event:
    return _event("GET", "/config", member=PROVED)


def done() -> Event:
    return _event("GET", "/done", member=PROVED)


def console_glance() -> Event:
    return _event("GET", "/console", cookie=f"__Host-firstday-console={TOKEN}")


def console_list() -> Event:
    return _event("GET", "/console/members", cookie=f"__Host-firstday-console={TOKEN}")


ONBOARDING = (start, open_invitation, show_register_device, register_device, codes, issue_access_key, done)


def _event(
    method: str, path: str, *, member: str = "", cookie: str = "", form: dict[str, str] | None = None
) -> Event:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-apigateway.html"""
    headers = {
        "Accept": "text/html,application/xhtml+xml",
        "Accept-Encoding": "gzip, deflate, br",
        "Accept-Language": "ja,en;q=0.8",
        "Host": HOST,
        "Sec-Fetch-Site": "same-origin",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "X-Amzn-Trace-Id": "Root=1-5e1b4151-5ac6c58f3dd0d3e3f0f0f0f0",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    if member or cookie:
        headers["Cookie"] = cookie or f"__Host-firstday-session={member}.{TOKEN}"
    if form is not None:
        headers |= {"Content-Type": FORM, "Origin": f"https://{HOST}"}
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc123",
            "domainName": HOST,
            "httpMethod": method,
            "identity": {"sourceIp": "192.0.2.1", "userAgent": headers["User-Agent"]},
            "path": f"/api{path}",
            "protocol": "HTTP/1.1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTimeEpoch": int(time.time() * 1000),
            "resourceId": "123456",
            "resourcePath": path,
            "stage": "api",
        },
        "body": None if form is None else urlencode(form),
        "isBase64Encoded": False,
    }
