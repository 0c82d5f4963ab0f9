"""Real clients with a member's files, exactly as the pages give them. Policies and codes are really checked."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chalicelib.profiles import aws_config
from chalicelib.settings.reader import load
from chalicelib.settings.records import Credentials
from tests.helpers import aws_clients as clients
from tests.helpers.aws_clients import BOTO3, DEBIANS, JAVASCRIPT_SDK, V1, V2, Client
from tests.helpers.member_walk import downloads
from tests.helpers.running_sandbox import ROOT, Member, RunningSandbox, plain

BUCKET = "firstday-demo-123456789012"
ALL = pytest.mark.parametrize("client", [V1, V2, DEBIANS, BOTO3, JAVASCRIPT_SDK], ids=lambda client: client.name)
CLIS = pytest.mark.parametrize("client", [V1, V2, DEBIANS], ids=lambda client: client.name)
CLIS_2 = pytest.mark.parametrize("client", [V2, DEBIANS], ids=lambda client: client.name)

Ready = Callable[[Client], tuple[Client, Member]]


@pytest.fixture(scope="module")
def ready(sandbox: RunningSandbox, tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """For each client a member who has saved both files: the third code of one phone would take half a minute."""
    members: dict[str, Member] = {}

    def member_of(client: Client) -> Member:
        user_name = re.sub(r"\W+", "-", client.name).lower()
        member = Member(sandbox, user_name, tmp_path_factory.mktemp("home"), sandbox.browser())
        member.first_day(sandbox.invite(user_name)["invitation_url"])
        return member

    def prepare(client: Client) -> tuple[Client, Member]:
        if client is DEBIANS:
            if not clients.aws_cli_version(clients.DEBIANS_AWS).startswith("2."):
                pytest.skip("This system has no AWS CLI 2 of Debian.")
            models = clients.written_endpoints(tmp_path_factory.mktemp("models"), sandbox.aws.endpoint_url)
            client = replace(client, environment={**client.environment, "AWS_DATA_PATH": models})
        if client.name not in members:
            members[client.name] = member_of(client)
        return client, members[client.name]

    return prepare


def new_code(member: Member) -> str:
    assert member.device is not None
    return member.device.code()


def open_session(client: Client, member: Member) -> None:
    """Let the AWS CLI ask for a code, unless it has a session already."""
    if not list((member.home / ".aws" / "cli" / "cache").glob("*.json")):
        client.list_as(member, "dev", code=new_code(member))


def config_page(member: Member) -> tuple[str, dict[str, str]]:
    """The profiles for tools that cannot ask, and the files to download."""
    page = member.browser.get("config")
    return page.by_id["process-text"], downloads(page)


@ALL
def test_without_mfa_the_source_profile_is_denied(ready: Ready, client: Client) -> None:
    client, member = ready(client)
    status, shown = client.list_as(member, member.user_name)
    assert status != 0
    assert "AccessDenied" in shown
    assert "with an explicit deny in an identity-based policy" in plain(shown)


@ALL
def test_a_role_asks_for_a_code_and_lists_the_buckets(ready: Ready, client: Client) -> None:
    client, member = ready(client)
    status, shown = client.list_as(member, "dev", code=new_code(member))
    assert f"Enter MFA code for arn:aws:iam::123456789012:mfa/{member.user_name}:" in shown
    assert status == 0, shown
    # An SDK keeps the session as long as its process lives.
    assert shown.count(BUCKET) == (2 if client in (BOTO3, JAVASCRIPT_SDK) else 1)


@CLIS
def test_the_aws_cli_asks_once_and_is_the_member_in_the_role(ready: Ready, client: Client) -> None:
    client, member = ready(client)
    open_session(client, member)
    status, shown = client.call(member, "sts", "get-caller-identity", "--profile=dev")
    assert status == 0, shown
    session = f"assumed-role/dev-SwitchRole-S3FullAccess/{member.user_name}"
    assert json.loads(shown)["Arn"] == f"arn:aws:sts::123456789012:{session}"


@ALL
def test_a_code_that_is_wrong_is_refused(ready: Ready, client: Client) -> None:
    client, member = ready(client)
    status, shown = client.list_as(member, "stg", code="000000")
    assert status != 0
    assert "invalid MFA one time pass code" in plain(shown)


@CLIS_2
@pytest.mark.parametrize("tool", [BOTO3, JAVASCRIPT_SDK], ids=lambda tool: tool.name)
def test_tools_that_cannot_ask_get_the_session_of_the_aws_cli(
    ready: Ready, tmp_path: Path, client: Client, tool: Client
) -> None:
    client, member = ready(client)
    process_text, files = config_page(member)
    (tmp_path / "config").write_text(f"{files['config']}\n{process_text}")
    tool = replace(
        tool, environment={**client.environment, **tool.environment, "AWS_CONFIG_FILE": f"{tmp_path}/config"}
    )
    open_session(client, member)
    status, shown = tool.list_as(member, "dev-process")
    assert status == 0, shown
    assert BUCKET in shown


def test_version_1_of_the_aws_cli_has_no_session_for_other_tools(ready: Ready) -> None:
    client, member = ready(V1)
    status, shown = client.call(member, "configure", "export-credentials", "--profile=dev")
    assert status != 0
    assert "Invalid choice" in shown


@pytest.mark.parametrize(
    ("client", "words"),
    [(V2, "aws login"), (JAVASCRIPT_SDK, "Failed to load token")],
    ids=[V2.name, JAVASCRIPT_SDK.name],
)
def test_a_role_follows_the_session_of_aws_login(ready: Ready, tmp_path: Path, client: Client, words: str) -> None:
    """The sandbox has no sign-in page: a session that has used MFA replaces the result of a sign-in."""
    client, member = ready(client)
    source, roles = aws_config.profiles(
        load(ROOT / "firstday.toml"),
        user_name=member.user_name,
        groups=["developers"],
        serial_number="",
        credentials=Credentials.AWS_LOGIN,
    )
    assert isinstance(source, aws_config.LoginProfile)
    (tmp_path / "config").write_text(aws_config.rendered(source, roles))
    files = {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_LOGIN_CACHE_DIRECTORY": str(tmp_path),
    }
    client = replace(client, environment={**client.environment, **files})
    status, shown = client.list_as(member, "dev")
    assert status != 0
    assert words in shown
    session_name = hashlib.sha256(source.login_session.encode()).hexdigest()
    (tmp_path / f"{session_name}.json").write_text(json.dumps(signed_in(member)))
    status, shown = client.list_as(member, "dev")
    assert status == 0, shown
    assert BUCKET in shown


def signed_in(member: Member) -> dict[str, object]:
    """The cache file of ``aws login``, with the credentials of a session that has used MFA."""
    serial_number = f"arn:aws:iam::123456789012:mfa/{member.user_name}"
    status, shown = member.aws(
        *("sts", "get-session-token", f"--profile={member.user_name}"),
        *(f"--serial-number={serial_number}", f"--token-code={new_code(member)}"),
    )
    assert status == 0, shown
    session = json.loads(shown)["Credentials"]
    return {
        "accessToken": {
            "accessKeyId": session["AccessKeyId"],
            "secretAccessKey": session["SecretAccessKey"],
            "sessionToken": session["SessionToken"],
            "accountId": "123456789012",
            "expiresAt": session["Expiration"],
        },
        **{"tokenType": "aws_sigv4", "clientId": "arn:aws:signin:::devtools/same-device"},
        **{"refreshToken": "none", "idToken": "none", "dpopKey": "none"},
    }


def test_the_document_tells_which_clients_were_run() -> None:
    section = (ROOT / "docs" / "clients.md").read_text().split("\n## Clients that were run\n")[1].split("\n## ")[0]
    told = dict(re.findall(r"^\| (.+?) \| ([\d.]+) \|", section, re.MULTILINE))
    assert told == {**told, **clients.pinned_versions()}
    assert told.keys() == {client.name for client in (V1, V2, DEBIANS, BOTO3, JAVASCRIPT_SDK)}
    major = clients.aws_cli_version(clients.V2_PROGRAM).partition(".")[0]
    assert [told[client.name].partition(".")[0] for client in (V2, DEBIANS)] == [major, "2"]
