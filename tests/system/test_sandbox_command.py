"""``make sandbox`` and the command line, as the people at a terminal meet them."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pexpect
import pytest

from chalicelib.members.mfa import code_at, step_at
from tests.helpers.processes import descendants, ends
from tests.helpers.running_sandbox import BIN, QUIET, ROOT, RunningSandbox, plain

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@contextmanager
def started(*options: str, home: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    command = [str(BIN / "firstday"), "sandbox", "--json", *options]
    environment = os.environ | ({"HOME": str(home)} if home else {})
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def record(process: subprocess.Popen[str]) -> dict[str, object]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.stderr and process.stderr.read()
    found: dict[str, object] = json.loads(line)
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda how: how.name)
def test_it_starts_ends_without_a_trace_and_starts_again(how: signal.Signals) -> None:
    ports: list[str] = ["--port", "0", "--portal-port", "0"]
    for _ in range(2):
        with started(*ports) as process:
            found = record(process)
            assert str(found["invitation_url"]).startswith(f"{found['portal_url']}/start#")
            children = descendants(process.pid)
            assert children
            process.send_signal(how)
            assert process.wait(20) == (0 if how is not signal.SIGKILL else -how)
            assert all(ends(pid) for pid in children)
        # The second time on the same ports.
        ports = ["--port", port_of(found["aws_endpoint_url"]), "--portal-port", port_of(found["portal_url"])]


def test_it_starts_behind_a_proxy_and_says_how_other_tools_get_past_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", ".example.com")
    with started("--port", "0", "--portal-port", "0") as process:
        assert record(process)["invitation_url"]
    sandbox: pexpect.spawn[str] = pexpect.spawn(
        str(BIN / "firstday"),
        ["sandbox", "--port", "0", "--portal-port", "0", "--empty"],
        cwd=ROOT,
        encoding="utf-8",
    )
    sandbox.expect("Ctrl-C ends the sandbox", timeout=60)
    assert str(sandbox.before).count("export no_proxy=.example.com,127.0.0.1,localhost,::1") == 2
    sandbox.sendintr()
    sandbox.expect(pexpect.EOF)


def test_the_start_is_told_on_standard_error_and_the_answer_alone_on_standard_output() -> None:
    with started("--port", "0", "--portal-port", "0") as process:
        record(process)
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=20)
    assert rest == ""
    assert [line.partition(" (")[0] for line in said.splitlines()] == [
        "Starting an AWS of its own ...",
        "Deploying the portal into it",
    ]


def test_the_printed_commands_work_as_they_stand(tmp_path: Path) -> None:
    environment = QUIET | {"HOME": str(tmp_path)}
    command = ["sandbox", "--port", "0", "--portal-port", "0"]
    sandbox: pexpect.spawn[str] = pexpect.spawn(
        str(BIN / "firstday"), command, env=environment, cwd=ROOT, encoding="utf-8", timeout=60
    )
    sandbox.expect("Ctrl-C ends the sandbox")
    member, administrator = str(sandbox.before).replace("\r", "").split("THE ADMINISTRATOR")
    groups = re.search(r"(?:[A-Z2-7]{4} ){15}[A-Z2-7]{4}", administrator)
    assert groups
    seed = groups[0].replace(" ", "")
    shown = typed(administrator, "MFA code for .*mfa/admin: ", code_at(seed, step_at(time.time())), environment)
    assert "another-member is invited" in shown
    directory = member.partition("save the two files into ")[2].split()[0]
    (ROOT / directory / "config").write_text(
        "[profile dev-simple-user]\nmfa_serial = arn:aws:iam::123456789012:mfa/dev-simple-user\n"
        "region = ap-northeast-1\n[profile dev]\nregion = ap-northeast-1\n"
    )
    (ROOT / directory / "credentials").write_text(
        "[dev-simple-user]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = none\n"
    )
    shown = typed(member, "MFA token code: ", "123456", environment)
    assert "InvalidAccessKeyId" in shown
    assert "InvalidClientTokenId" in shown
    assert "Unknown options" not in shown
    sandbox.sendintr()
    sandbox.expect("The sandbox is gone")
    sandbox.expect(pexpect.EOF)
    assert not (ROOT / directory).exists()


def typed(part: str, question: str, answer: str, environment: dict[str, str]) -> str:
    """The output of a shell for the commands of ``part``, typed as they are printed."""
    commands = [line.strip() for line in part.splitlines() if line.startswith("  ") and is_command(line.strip())]
    assert any(command.startswith("export") for command in commands)
    shell: pexpect.spawn[str] = pexpect.spawn(
        "/bin/sh", ["-c", "\n".join(commands)], env=environment, cwd=ROOT, encoding="utf-8", timeout=60
    )
    shell.expect(question)
    shown = str(shell.before)
    shell.sendline(answer)
    shell.expect(pexpect.EOF)
    return shown + str(shell.before)


def is_command(line: str) -> bool:
    """The code command is left out: it asks for a secret key, and runs until Ctrl-C."""
    return line.startswith(("export ", ".cache/clients/bin/aws", ".venv/bin/firstday invite"))


def test_a_second_sandbox_leaves_the_sessions_of_the_first_alone(tmp_path: Path) -> None:
    cached = tmp_path / ".aws" / "cli" / "cache" / "session.json"
    cached.parent.mkdir(parents=True)
    ports = ("--port", "0", "--portal-port", "0")
    with started(*ports, home=tmp_path) as first:
        record(first)
        session = {"AccessKeyId": "ASIASANDBOX000000000", "Expiration": "2026-11-29T18:00:00UTC"}
        cached.write_text(json.dumps({"Credentials": session}))
        with started(*ports, home=tmp_path) as second:
            record(second)
            second.send_signal(signal.SIGINT)
            second.wait(20)
        assert cached.exists()
        first.send_signal(signal.SIGINT)
        first.wait(20)


def test_hours_typed_at_its_terminal_pass_for_aws_and_for_what_the_aws_cli_keeps(tmp_path: Path) -> None:
    command = ["sandbox", "--empty", "--port", "0", "--portal-port", "0"]
    sandbox: pexpect.spawn[str] = pexpect.spawn(
        str(BIN / "firstday"), command, env=QUIET | {"HOME": str(tmp_path)}, cwd=ROOT, encoding="utf-8", timeout=60
    )
    sandbox.expect("To try tomorrow, type a number of hours here")
    now = datetime.now(UTC)
    cache = tmp_path / ".aws" / "cli" / "cache"
    cache.mkdir(parents=True)
    for hours in (1, 12, 36):
        session = {"AccessKeyId": "ASIASANDBOX000000000", "Expiration": (now + timedelta(hours=hours)).isoformat()}
        (cache / f"{hours}.json").write_text(json.dumps({"Credentials": session}))
    sandbox.sendline("tomorrow")
    sandbox.expect("That is not a number of hours, or of days with a d.")
    for typed, passed, left in (("6", 6, {"12.json", "36.json"}), (" 18h ", 24, {"36.json"}), ("2d", 72, set())):
        sandbox.sendline(typed)
        sandbox.expect(r"For AWS and the portal it is (.{16}) UTC now")
        assert isinstance(sandbox.match, re.Match)
        told = datetime.fromisoformat(sandbox.match[1]).replace(tzinfo=UTC)
        assert timedelta(minutes=-1) <= told - now - timedelta(hours=passed) < timedelta(hours=1)
        assert {path.name for path in cache.iterdir()} == left
    sandbox.sendintr()
    sandbox.expect("The sandbox is gone")


def port_of(url: object) -> str:
    return str(url).rpartition(":")[2]


@pytest.mark.parametrize("option", ["--port", "--portal-port"])
def test_a_taken_port_is_told_with_the_remedy(option: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        other = "--portal-port" if option == "--port" else "--port"
        with started(option, port, other, "0") as process:
            _, errors = process.communicate(timeout=20)
    assert process.returncode == 1
    assert port in errors
    assert option in errors
    assert "Traceback" not in errors


def test_a_port_that_is_none_is_refused() -> None:
    with started("--port", "99999") as process:
        _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "99999 is not in the range" in errors


def test_the_link_in_the_json_is_the_only_place_of_the_token(sandbox: RunningSandbox) -> None:
    answer = sandbox.invite("json-reader")
    assert json.dumps(answer).count(answer["invitation_url"].partition("#")[2]) == 1


def test_the_program_that_started_it_can_invite(sandbox: RunningSandbox) -> None:
    result = sandbox.firstday("invite", "from-a-program")
    assert result.returncode == 0, result.stderr
    assert "from-a-program is invited; the groups will be: developers." in result.stdout
    assert f"{sandbox.portal_url}/start#" in result.stdout
    assert "Example Corp の AWS を使うための設定が" in result.stdout
    assert "your access to AWS at Example Corp" in result.stdout


def test_a_revoked_link_is_worthless(sandbox: RunningSandbox) -> None:
    link = sandbox.invite("leaked")["invitation_url"]
    result = sandbox.firstday("revoke", "leaked")
    assert result.stdout == "The invitation of leaked is revoked: its link and its session are worthless.\n"
    page = sandbox.browser().post("start", {"token": link.partition("#")[2]})
    assert page.heading == "This invitation is no longer valid"
    assert sandbox.firstday("revoke", "nobody-at-all").stderr == (
        "firstday: The portal knows no member called nobody-at-all.\n"
    )


def test_an_administrator_is_asked_for_an_mfa_code_once(sandbox: RunningSandbox, tmp_path: Path) -> None:
    profile = dict(sandbox.record["admin_profile"])
    seed = profile.pop("secret_key")
    environment = QUIET | profile | {"HOME": str(tmp_path), "FIRSTDAY_PORTAL_URL": sandbox.portal_url}

    def invite(user_name: str, code: str | None) -> tuple[int | None, str]:
        command = [str(BIN / "firstday"), "invite", user_name]
        terminal: pexpect.spawn[str] = pexpect.spawn(
            command[0], command[1:], env=environment, encoding="utf-8", timeout=60
        )
        if code:
            terminal.expect("Enter MFA code for .*mfa/admin: ")
            terminal.sendline(code)
        terminal.expect(pexpect.EOF)
        terminal.close()
        return terminal.exitstatus, plain(str(terminal.before))

    status, shown = invite("by-hand", "000000")
    assert status == 1
    assert "AWS did not accept that MFA code; wait for the next one." in shown
    assert "Traceback" not in shown
    status, shown = invite("by-hand", code_at(seed, step_at(time.time())))
    assert status == 0, shown
    assert "by-hand is invited" in shown
    status, shown = invite("by-hand-too", None)
    assert status == 0, shown


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (("invite", "a b"), {}, "IAM does not take ' '"),
        (("invite", "admin"), {}, "IAM has a user admin under the path /admins/"),
        (("invite", "DEV-simple-user"), {}, "There is dev-simple-user already; capitals do not make another name."),
        (("invite", "ok", "--group", "nobody"), {}, "There are: developers, operators."),
        (("invite", "ok"), {"FIRSTDAY_PORTAL_URL": "http://127.0.0.1:9"}, "cannot be reached"),
        (("invite", "ok"), {"FIRSTDAY_PORTAL_URL": "nonsense"}, "nonsense"),
        (("invite", "ok"), {"FIRSTDAY_PORTAL_URL": "http://["}, "not the address of a portal"),
        (("invite", "ok"), {"FIRSTDAY_PORTAL_URL": "http://127.0.0.1:99999"}, "not the address of a portal"),
        (("invite", "ok"), {"FIRSTDAY_PORTAL_URL": "https://a.example.com/start#x"}, "not the address of a portal"),
        (("invite", "ok"), {"AWS_SESSION_TOKEN": "expired"}, "may have expired"),
        (("invite", "ok"), {"FIRSTDAY_PORTAL_URL": "http://portal.example.com"}, "https:// only"),
        (("invite", "ok"), {"AWS_SECRET_ACCESS_KEY": "wrong"}, "refused your credentials"),
        (("invite", "ok"), {"AWS_PROFILE": "nowhere"}, "nowhere"),
        (("invite", "ok", "--profile", "nowhere"), {}, "nowhere"),
    ],
)
def test_a_mistake_at_the_command_line_is_told_in_words(
    sandbox: RunningSandbox, arguments: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    result = sandbox.firstday(*arguments, **environment)
    assert result.returncode == 1
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_without_a_portal_the_command_line_says_how_to_name_one(tmp_path: Path) -> None:
    environment = QUIET | {"HOME": str(tmp_path)}
    result = subprocess.run(
        [str(BIN / "firstday"), "invite", "ok"], env=environment, capture_output=True, text=True
    )
    assert result.returncode == 2
    assert "FIRSTDAY_PORTAL_URL" in result.stderr


def test_codes_come_from_a_piped_secret_key() -> None:
    spaced = " ".join(SEED[start : start + 4] for start in range(0, 64, 4)).lower()
    before = step_at(time.time())
    result = subprocess.run(
        [str(BIN / "firstday"), "code"], input=spaced + "\n", capture_output=True, text=True, check=True
    )
    shown = result.stdout.replace(" ", "")
    assert any(code_at(SEED, step) in shown and code_at(SEED, step + 1) in shown for step in (before, before + 1))


def test_codes_in_a_terminal_count_down_and_hide_the_secret_key() -> None:
    terminal: pexpect.spawn[str] = pexpect.spawn(str(BIN / "firstday"), ["code"], encoding="utf-8", timeout=20)
    terminal.expect("Secret key")
    terminal.sendline(SEED)
    terminal.expect(r"\d{6}   for +\d+ s, then \d{6}")
    shown = str(terminal.before) + str(terminal.after)
    terminal.sendintr()
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    assert SEED not in shown
    assert "Traceback" not in str(terminal.before)


def test_what_is_no_secret_key_is_told_so() -> None:
    result = subprocess.run([str(BIN / "firstday"), "code"], input="hello\n", capture_output=True, text=True)
    assert result.returncode == 1
    assert "not a secret key" in result.stderr
    assert "hello" not in result.stderr


def test_every_command_has_help_with_an_example() -> None:
    for command in ("invite", "revoke", "sandbox", "code"):
        result = subprocess.run(
            [str(BIN / "firstday"), command, "--help"],
            capture_output=True,
            text=True,
            check=True,
            env=dict(os.environ),
        )
        assert f"firstday {command}" in result.stdout.partition("Example:")[2]
