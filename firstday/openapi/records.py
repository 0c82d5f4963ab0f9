"""The records of the admin API as JSON schemas, with the enums and names of the code itself.

Each schema has an example: what the API answers about a member on the first day, or takes from an administrator.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from chalicelib.admin.import_plan import Plan
from chalicelib.arns import ADMIN_ROLE_NAME, BASELINE_GROUP, mfa_arn
from chalicelib.audit import Action
from chalicelib.members.record import MemberState
from chalicelib.ports import Kind

Schema = dict[str, Any]

ACCOUNT = "123456789012"
MEMBER = "dev-simple-user"
GROUP = "developers"
PORTAL_URL = "https://portal.example.com"
ADMIN = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ADMIN_ROLE_NAME}/admin"
SERIAL_NUMBER = mfa_arn("aws", ACCOUNT, MEMBER)
ACCESS_KEY_ID = "AKIAIOSFODNN7EXAMPLE"
BASIS = "9b1f6c2d4e8a7035.5d2c9f10."
SECRET = "EXAMPLE".ljust(43, "0")
CURSOR = "eyJuYW1lIjogImRldi1zaW1wbGUtdXNlciJ9"
CSV = f"user_name,groups,passcode\n{MEMBER},{GROUP},yes\n"


def reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def schemas() -> dict[str, Schema]:
    """Every component schema by its name."""
    return _values() | _records()


def text(description: str, example: str, **more: object) -> Schema:
    return {"type": "string", "description": description, **more, "examples": [example]}


def time(description: str, example: str = "2026-11-30T09:00:00+00:00") -> Schema:
    return text(description, example, format="date-time")


def flag(description: str, example: bool) -> Schema:
    return {"type": "boolean", "description": description, "examples": [example]}


def optional(schema: Schema) -> Schema:
    """``schema``, or null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema | {"type": [schema["type"], "null"]}


def many(items: Schema, description: str, **more: object) -> Schema:
    return {"type": "array", "description": description, "items": items, **more}


def record(description: str, /, *, required: Iterable[str] | None = None, **properties: Schema) -> Schema:
    """An object with these properties and no other. All are ``required`` unless it says which."""
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "required": list(properties if required is None else required),
        "additionalProperties": False,
    }


def one_of(values: type[StrEnum], description: str, example: StrEnum) -> Schema:
    return text(description, example.value, enum=[value.value for value in values])


def _values() -> dict[str, Schema]:
    return {
        "UserName": text(
            "A member's user name, as IAM takes it and as a role session may be called. A new one does not begin"
            " with =, +, - or @.",
            MEMBER,
            pattern="^[A-Za-z0-9_+=,.@-]{2,64}$",
        ),
        "GroupName": text("A switch-role group of the organisation's settings.", GROUP),
        "MemberState": one_of(MemberState, "Where a member is.", MemberState.INVITED),
        "Kind": one_of(Kind, "What a member may have in the portal and in IAM.", Kind.MFA_DEVICE),
        "Action": text(
            f"What was done; newer versions may have written others. Those of this one: {', '.join(Action)}.",
            Action.INVITATION_CREATED.value,
        ),
        "Plan": one_of(Plan, "What an import will do with a line.", Plan.INVITE),
        "Secret": text(
            "The secret of an invitation link: 256 bits or more as base64url.",
            SECRET,
            pattern="^[A-Za-z0-9_-]{43,86}$",
        ),
        "Basis": text(
            "Stands for the member as they were in an answer, to be sent with a change. If they are no"
            " longer so, 409 changed_meanwhile. Opaque, and another one with each answer.",
            BASIS,
        ),
        "Cursor": optional(text("Where the next page begins; null at the end.", CURSOR)),
    }


def _records() -> dict[str, Schema]:
    name, groups = reference("UserName"), many(reference("GroupName"), "Switch-role groups.")
    return {
        "Error": _error(),
        "GatewayRefusal": record(
            "API Gateway's answer to an invalid signature or a missing permission.",
            message=optional(text("Why, in English.", "The security token included in the request is expired")),
        ),
        "Member": _member(name, groups),
        "IAMFacts": _facts(),
        "Check": _check(name),
        "Belonging": record(
            "One thing that a member has.",
            kind=reference("Kind"),
            name=text("Its id, name or ARN.", SERIAL_NUMBER),
        ),
        "Invitation": record("A new invitation. It is told this once only.", **_invitation(name, groups)),
        "Reset": record(
            "What was taken away, and the new invitation.",
            **_invitation(name, groups),
            removed=many(
                reference("Belonging"), "Deleted; access keys were deactivated, until MFA is proved again."
            ),
        ),
        "PlannedLine": record(
            "What an import will do with one line of the file.",
            line=_line(),
            user_name=name,
            groups=groups,
            passcode=flag("Whether a passcode will be made.", True),
            plan=reference("Plan"),
            message=text("The same in words.", "Will be created and invited."),
            basis=reference("Basis"),
        ),
        "LineProblem": record(
            "What keeps a line from being used.",
            line=_line(),
            message=text("Why, in English.", "The column user_name is missing."),
        ),
        "Difference": record(
            "What the portal's record and IAM did not agree on.",
            user_name=name,
            message=text("What differed, in English.", "The MFA device that was proved is gone from IAM."),
        ),
        "AuditEvent": record(
            "Who did what to whom, when.",
            actor=text("An administrator's ARN, a member's user name, or unknown.", ADMIN),
            action=reference("Action"),
            subject=text("The member's user name; empty where the portal is concerned as a whole.", MEMBER),
            occurred_at=time("When."),
            details={
                "type": "object",
                "description": "Names, ARNs, addresses and access key ids; never a secret.",
                "additionalProperties": {"type": "string"},
                "examples": [{"groups": GROUP}],
            },
        ),
    }


def _check(name: Schema) -> Schema:
    def unsure(description: str, example: bool = True) -> Schema:
        return optional(flag(description, example))

    user = record(
        "The member's IAM user.",
        is_there=flag("Whether IAM has it.", True),
        has_boundary=unsure("Whether it has the portal's permissions boundary."),
        is_held=flag("Whether an administrator of IAM holds the member: AWS denies them everything.", False),
        has_mfa_device=unsure("Whether a virtual MFA device or another one with codes is enabled."),
    )
    group = record(
        "A switch-role group of the member's record.",
        name=reference("GroupName"),
        is_in=flag("Whether IAM has the member in it.", True),
    )
    seconds = {"type": "integer", "minimum": 3600, "maximum": 43200, "examples": [43200]}
    role = record(
        "A role that the member is to switch to. Roles of other accounts are out of the portal's sight.",
        profile=text("The profile of the member's config.", "dev"),
        role_arn=text("As the settings have it.", f"arn:aws:iam::{ACCOUNT}:role/dev-SwitchRole-S3FullAccess"),
        in_place=unsure("Whether there is such a role."),
        requires_mfa=unsure("Whether its trust policy lets IAM users in with MFA only; null if it lets none in."),
        may_assume=unsure("Whether trust policy, groups and boundary let the member assume it, with MFA."),
        maximum_session_seconds=optional(seconds | {"description": "What the role allows."}),
        promised_session_seconds=seconds | {"description": "What the settings say."},
        note=optional(text("What the answers leave open, or why, in English.", "The policies have conditions.")),
    )
    return record(
        "Which parts of a member's access are in place, as far as the portal can see.",
        user_name=name,
        is_right=flag("Whether nothing is wrong.", True),
        may_be_propagating=flag("Whether what is wrong may be right in a minute: ask again then.", False),
        user=user,
        groups=many(group, "The groups."),
        roles=many(role, "The roles of these groups."),
    )


def _line() -> Schema:
    description = "As an editor counts; 0 is the file as a whole."
    return {"type": "integer", "minimum": 0, "description": description, "examples": [2]}


def _error() -> Schema:
    inner = record(
        "What is wrong.",
        code=text("One word for programs.", "invalid"),
        message=text("A sentence for people, in English.", "A user name is needed."),
        field=optional(text("The field or parameter that is meant; null where none is.", "user_name")),
    )
    return record("Why nothing was done.", error=inner)


def _invitation(name: Schema, groups: Schema) -> dict[str, Schema]:
    where = "The invitation link is the portal's address, /start# and this. It is stored nowhere."
    return {
        "user_name": name,
        "is_new": flag("Whether the IAM user was created.", True),
        "groups": groups,
        "expires_at": time("When the link ends.", "2026-12-07T09:00:00+00:00"),
        "organisation": text("As the settings call it.", "Example Corp"),
        "languages": many(text("A language.", "en"), "Those of the pages, so of the message to the member."),
        "token": text(where, f"{MEMBER}.{SECRET}"),
        "passcode": optional(text("To be told over a second channel; null if none was asked for.", "7KQ2M9XR")),
    }


def _member(name: Schema, groups: Schema) -> Schema:
    return record(
        "A member, as the portal's record has them. Times are in UTC; null is never, or not any more.",
        user_name=name,
        state=reference("MemberState"),
        groups=groups,
        invited_by=optional(text("The administrator's ARN.", ADMIN)),
        serial_number=optional(text("The proved MFA device.", SERIAL_NUMBER)),
        access_key_id=optional(text("The access key of the latest journey.", ACCESS_KEY_ID)),
        created_at=time("When the portal first knew the member."),
        invited_at=optional(time("The latest invitation.")),
        expires_at=optional(time("When its link ends.", "2026-12-07T09:00:00+00:00")),
        opened_at=optional(time("When the link was opened first.")),
        registering_at=optional(time("When the QR code was asked for first.")),
        proved_at=optional(time("When MFA was proved.")),
        reset_at=optional(time("When a lost device was reset.")),
        last_seen_at=optional(time("The last sign of life.")),
        access_key_created_at=optional(time("Since when the oldest active access key exists.")),
    )


def _facts() -> Schema:
    device = record(
        "An MFA device.",
        serial_number=text("Its ARN.", SERIAL_NUMBER),
        enabled_at=time("Since when it is enabled."),
    )
    key = record(
        "An access key; its secret is known to the member only.",
        access_key_id=text("Its id.", ACCESS_KEY_ID),
        is_active=flag("Whether it can be used.", True),
        created_at=time("Since when it exists."),
        last_used_at=optional(time("When it last signed a request.")),
    )
    return record(
        "What IAM says about a member now.",
        groups=many(text("A group of IAM's.", BASELINE_GROUP), "All groups, whatever their path."),
        devices=many(device, "Enabled MFA devices."),
        access_keys=many(key, "Access keys."),
        is_held=flag("Whether an administrator of IAM holds the member: AWS denies them everything.", False),
        has_console_password=optional(
            flag("Whether there is a console password; null where the settings ask for none.", True)
        ),
    )
