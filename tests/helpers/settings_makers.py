"""Settings for tests: the example, and hypothesis strategies for any others."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from chalicelib.settings.reader import read_settings
from chalicelib.settings.records import RESERVED_PROFILES, Settings

EXAMPLE = Path(__file__).parents[2] / "firstday.toml"
HUNDRED_ACCOUNTS = [f"{number:012d}" for number in range(1, 101)]
SAME_NAMES = ("admin", "developer", "operator", "read-only")


def example_values() -> dict[str, Any]:
    """The committed firstday.toml as plain values, fresh each time."""
    return tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))


def example_settings() -> Settings:
    """The committed firstday.toml."""
    return read_settings(example_values())


def many_roles(count: int, length: int) -> list[dict[str, object]]:
    """Roles, as in the file, with names of ``length`` characters."""
    role = {"account": "stg", "managed_policies": ["ReadOnlyAccess"]}
    return [{**role, "profile": f"p{n}", "role_name": f"{n:0>{length}}"} for n in range(count)]


def many_accounts(names: Sequence[str] = SAME_NAMES, groups: int = 1, **more: Any) -> dict[str, Any]:
    """A firstday.toml with roles of these names in each of a hundred accounts, dealt out to so many groups."""
    accounts = {f"account{number}": account for number, account in enumerate(HUNDRED_ACCOUNTS)}
    roles = [
        {"profile": f"{account}-{name}", "account": account, "role_name": name, "existing": True}
        for account in accounts
        for name in names
    ]
    listed = [{"name": f"group{number}", "roles": roles[number::groups]} for number in range(groups)]
    return {**example_values(), "accounts": accounts, "groups": listed, "default_groups": [], **more}


_PROFILES = st.from_regex(r"[A-Za-z0-9._][A-Za-z0-9._-]{0,30}", fullmatch=True).filter(
    lambda name: name.lower() not in RESERVED_PROFILES
)
_NAMES = st.from_regex(r"[A-Za-z0-9_+=,.@-]{1,40}", fullmatch=True).filter(
    lambda name: not name.lower().startswith("firstday-")
)
_ACCOUNT_IDS = st.from_regex(r"[0-9]{12}", fullmatch=True)
_ONE_LINE = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=40)
_REGIONS = st.sampled_from(["ap-northeast-1", "us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"])
_STATEMENT = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}


@st.composite
def any_values(draw: st.DrawFn) -> dict[str, Any]:
    """The values of any firstday.toml without a mistake."""
    ids = draw(st.lists(_ACCOUNT_IDS, min_size=1, max_size=3, unique=True))
    accounts = {f"account{index}": account_id for index, account_id in enumerate(ids)}
    count = draw(st.integers(1, 4))
    profiles = draw(st.lists(_PROFILES, min_size=count, max_size=count, unique_by=str.lower))
    names = draw(st.lists(_NAMES, min_size=count, max_size=count, unique_by=str.lower))
    roles = [
        {
            "profile": profile,
            "account": draw(st.sampled_from(sorted(accounts))),
            "role_name": name,
            "path": draw(st.sampled_from(["/", "/switch-role/", "/a/b/"])),
            "maximum_session_seconds": draw(st.integers(3600, 43200)),
            **draw(st.sampled_from([{"managed_policies": ["ReadOnlyAccess"]}, {"statements": [_STATEMENT]}])),
        }
        for profile, name in zip(profiles, names, strict=True)
    ]
    split = draw(st.integers(1, count))
    groups = [{"name": "Group-1", "roles": roles[:split]}, {"name": "group.2", "roles": roles[split:]}]
    return {
        "organisation": draw(_ONE_LINE),
        "contact": draw(_ONE_LINE),
        "region": draw(_REGIONS),
        "languages": draw(st.permutations(["ja", "en"])),
        "identity_account": draw(st.sampled_from([ids[0], "000000000001"])),
        "default_groups": draw(st.sampled_from([[], ["Group-1"]])),
        "issuer": draw(st.text("abcdefghijklmnop XYZ", min_size=1, max_size=30).filter(str.strip)),
        "accounts": accounts,
        "groups": [group for group in groups if group["roles"]],
    }


def any_settings() -> st.SearchStrategy[Settings]:
    """Settings of some organisation, in some partition."""
    return any_values().map(read_settings)


def file_with_console_passwords(folder: Path) -> Path:
    """The project's firstday.toml, of an organisation that has them."""
    commented, text = "# console_password = true", EXAMPLE.read_text("utf-8")
    assert commented in text
    written = folder / "firstday.toml"
    written.write_text(text.replace(commented, "console_password = true"), "utf-8")
    return written
