"""Amazon SES of the sandbox's own: SendEmail and GetAccount. Nothing is sent; what SES would take is kept.

ministack 1.5.33 takes any address, set and number of recipients, loses Reply-To, headers and tags, checks no
identity for IAM and publishes nothing. Identities, sets and destinations stay its own, but a new identity waits for
its proof.
"""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ministack import app as ministack_app
from ministack.core.responses import get_account_id, get_region
from ministack.services import ses_v2

from firstday.sandbox.caught_mail import CaughtMail, keep
from firstday.sandbox.emulation import served_request
from firstday.sandbox.emulation.ses import event_publishing, event_records, identities, sending_limits
from firstday.sandbox.emulation.ses.fates import SIMULATOR, fate_of
from firstday.sandbox.emulation.ses.outgoing_mail import OutgoingMail, read
from firstday.sandbox.emulation.ses.refusals import Refused, bad_request
from firstday.sandbox.emulation.xml_answers import Response
from firstday.sandbox.process import ses_settings
from firstday.sandbox.process.child import MAIL
from firstday.sandbox.process.ses_settings import SESSettings

Record = dict[str, Any]
_PREFIX = "/v2/email"
_SEND = ("POST", "/outbound-emails")
# Other ways to have something sent.
_ABSENT = frozenset({"/outbound-bulk-emails", "/outbound-custom-verification-emails"})
_handle_request = ses_v2.handle_request
_enforce: Callable[..., Response | None] = ministack_app._enforce_ses_v2


def install(directory: Path) -> None:
    """Take over the two calls; the settings, and a folder for the mail, are in ``directory``."""

    async def handled(method: str, path: str, headers: Record, body: bytes, query: Record) -> Response:
        settings, call = ses_settings.read(directory), (method, path.rstrip("/").removeprefix(_PREFIX))
        identities.plant(settings)
        if call in _OWN or call[1] in _ABSENT:
            try:
                return _answer(_OWN.get(call, _refuse)(_parsed(body), settings, directory))
            except Refused as refused:
                return refused.response()
        response: Response = await _handle_request(method, path, headers, body, query)
        if call == ("POST", "/identities") and response[0] == 200:
            return _unproved(response, _parsed(body)["EmailIdentity"])
        return response

    def enforced(method: str, path: str, headers: Record, body: bytes, query: Record, request_id: str) -> Any:
        if (method, path.rstrip("/").removeprefix(_PREFIX)) != _SEND:
            return _enforce(method, path, headers, body, query, request_id)
        identities.plant(ses_settings.read(directory))
        return _enforced_sending(headers, body, query, request_id)

    ses_v2.handle_request = handled
    ministack_app._enforce_ses_v2 = enforced


def _enforced_sending(headers: Record, body: bytes, query: Record, request_id: str) -> Response | None:
    """SES asks IAM about the identity and the set, and knows only then what else is wrong.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
    """
    try:
        mail = read(_parsed(body))
    except Refused as refused:
        return refused.response()
    arns = [identities.authorized_arn(mail)]
    if mail.configuration_set:
        account = f"{get_region()}:{get_account_id()}"
        arns.append(f"arn:aws:ses:{account}:configuration-set/{mail.configuration_set}")
    for arn in arns:
        if denied := ministack_app._enforce_data_plane(
            "sesv2",
            "ses:SendEmail",
            headers,
            query,
            request_id,
            resource_arn=arn,
            service_context=_context(mail),
            named_resource=arn,
        ):
            response: Response = denied
            return response
    return None


def _context(mail: OutgoingMail) -> Record:
    return {
        "ses:ApiVersion": "2",
        "ses:FromAddress": mail.sender.address,
        "ses:FromDisplayName": mail.sender.display_name or None,
        "ses:Recipients": [one.address for one in mail.recipients],
    }


def _send(request: Record, settings: SESSettings, directory: Path) -> Record:
    mail = read(request)
    _check(mail, settings)
    counted = [one for one in mail.recipients if one.domain != SIMULATOR]
    sending_limits.take(settings, len(mail.recipients), len(counted))
    caught = _caught(mail)
    keep(directory / MAIL, caught)
    if mail.configuration_set:
        caller = served_request.caller()
        record = event_records.mail_object(
            mail,
            caught,
            identity_arn=identities.authorized_arn(mail),
            caller_arn=caller.arn if caller else "",
        )
        fates = {one: fate_of(one, settings) for one in mail.recipients}
        event_publishing.publish(
            mail.configuration_set, event_records.events(record, fates, datetime.fromtimestamp(time.time(), UTC))
        )
    return {"MessageId": caught.message_id}


def _check(mail: OutgoingMail, settings: SESSettings) -> None:
    """What SES looks up before it takes a mail. Raises Refused."""
    if not settings.sending_enabled:
        raise Refused("SendingPausedException", "Email sending is disabled for this account.")
    failed = [] if identities.may_send(mail) else [mail.sender.address, *filter(None, [mail.identity_arn])]
    if not settings.production_access:
        failed += [
            one.address for one in mail.recipients if one.domain != SIMULATOR and not identities.is_verified(one)
        ]
    if failed:
        raise Refused(
            "MessageRejected",
            "Email address is not verified. The following identities failed the check in region "
            f"{get_region().upper()}: {', '.join(dict.fromkeys(failed))}",
        )
    if mail.configuration_set and mail.configuration_set not in ses_v2._config_sets:
        raise Refused("NotFoundException", f"Configuration set <{mail.configuration_set}> does not exist.")


def _caught(mail: OutgoingMail) -> CaughtMail:
    return CaughtMail(
        message_id=event_records.new_message_id(),
        sent_at=datetime.fromtimestamp(time.time(), UTC),
        sender=mail.sender.written,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        to=tuple(one.written for one in mail.to),
        cc=tuple(one.written for one in mail.cc),
        bcc=tuple(one.written for one in mail.bcc),
        reply_to=tuple(one.written for one in mail.reply_to),
        headers=mail.headers,
        tags=mail.tags,
        configuration_set=mail.configuration_set,
    )


def _account(_request: Record, settings: SESSettings, _directory: Path) -> Record:
    return {
        "DedicatedIpAutoWarmupEnabled": False,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": settings.production_access,
        "SendQuota": {
            "Max24HourSend": sending_limits.daily(settings),
            "MaxSendRate": sending_limits.rate(settings),
            "SentLast24Hours": float(sending_limits.in_last_24_hours()),
        },
        "SendingEnabled": settings.sending_enabled,
        "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
    }


def _refuse(_request: Record, _settings: SESSettings, _directory: Path) -> Record:
    raise bad_request("This way of sending is not in the sandbox: use SendEmail with Content.Simple.")


_OWN: dict[tuple[str, str], Callable[[Record, SESSettings, Path], Record]] = {
    _SEND: _send,
    ("GET", "/account"): _account,
}


def _parsed(body: bytes) -> Record:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise bad_request("The request is not JSON.")
    return found


def _unproved(response: Response, name: str) -> Response:
    identities.leave_unproved(name)
    status, headers, body = response
    return status, headers, json.dumps(json.loads(body) | {"VerifiedForSendingStatus": False}).encode()


def _answer(record: Record) -> Response:
    return 200, {"Content-Type": "application/json"}, json.dumps(record).encode()
