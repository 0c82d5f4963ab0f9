"""An organisation of 300 users becomes one of Firstday's, and goes back, while somebody works on."""

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from chalicelib.arns import BASELINE_GROUP
from chalicelib.members.mfa import code_at, step_at
from firstday.sandbox.run_sandbox import running
from firstday.sandbox.running_sandbox import as_record
from tests.helpers.large_organisation import IDENTITY, large_organisation
from tests.helpers.running_sandbox import BIN, QUIET, ROOT, RunningSandbox

SETTINGS, EXAMPLE = ROOT / "examples" / "brownfield.toml", ROOT / "examples" / "brownfield.json"
BOUNDARY = f"arn:aws:iam::{IDENTITY}:policy/members/firstday-member-boundary"
USERS = 300
# Who works on, and the role of the settings that they assume: it asks for no MFA, and their old group lets them in.
WORKER, ROLE = "dev-user-01", "arn:aws:iam::210987654321:role/stg-ReadOnly"
# In ten groups, which leaves no room.
NOT_ADOPTED = {"user-in-all-teams"}


@dataclass
class Organisation:
    """The running sandbox, and what was planted in it."""

    sandbox: RunningSandbox
    users: list[dict[str, Any]]
    files: dict[str, str]
    directory: Path

    @property
    def environment(self) -> dict[str, str]:
        return QUIET | {"HOME": str(self.directory)} | dict(self.sandbox.record["admin_profile"])

    def command(self, *arguments: str) -> list[str]:
        deployer = self.sandbox.record["deployer_profiles"][IDENTITY]
        return [str(BIN / "firstday"), *arguments, "--settings", str(SETTINGS), "--profile", deployer]

    def firstday(self, *arguments: str, status: int = 0, answer: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment,
            input=answer,
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert done.returncode == status, done.stdout[-3000:] + done.stderr[-3000:]
        return done

    def found(self) -> dict[str, Any]:
        """Everything that IAM has of the planted users, so that what was can be compared with what is."""
        iam = self.sandbox.root("iam")
        names = {user["name"] for user in self.users}
        pages = iam.get_paginator("get_account_authorization_details").paginate(Filter=["User"])
        return {
            user["UserName"]: {
                "path": user["Path"],
                "boundary": user.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
                "groups": sorted(user["GroupList"]),
                "inline": user.get("UserPolicyList", []),
                "attached": user["AttachedManagedPolicies"],
                "tags": user.get("Tags", []),
                "keys": [(key["AccessKeyId"], key["Status"]) for key in _keys(iam, user["UserName"])],
                "devices": [one["SerialNumber"] for one in _devices(iam, user["UserName"])],
                "has_password": _has_password(iam, user["UserName"]),
            }
            for page in pages
            for user in page["UserDetailList"]
            if user["UserName"] in names
        }

    def adopted(self) -> set[str]:
        pages = self.sandbox.root("iam").get_paginator("list_users").paginate(PathPrefix="/members/")
        return {user["UserName"] for page in pages for user in page["Users"]} & {one["name"] for one in self.users}


@dataclass
class Worker:
    """Assumes the role again and again, as with a profile from before, with a session of one MFA code."""

    organisation: Organisation
    answers: list[subprocess.CompletedProcess[str]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        secrets = json.loads(Path(self.organisation.files["secrets"]).read_text())[WORKER]["devices"][0]
        code = code_at(secrets["secret_key"], step_at(time.time()))
        device = ("--serial-number", secrets["serial_number"], "--token-code", code)
        answer = self._aws("sts", "get-session-token", *device, "--profile", WORKER)
        assert answer.returncode == 0, answer.stderr
        found = json.loads(answer.stdout)["Credentials"]
        self._config = (
            f"[profile morning]\naws_access_key_id = {found['AccessKeyId']}\n"
            f"aws_secret_access_key = {found['SecretAccessKey']}\naws_session_token = {found['SessionToken']}\n"
            f"[profile old-stg]\nrole_arn = {ROLE}\nsource_profile = morning\nregion = ap-northeast-1\n"
        )

    def work(self) -> subprocess.CompletedProcess[str]:
        """List the buckets with the role, by a new AssumeRole; only its session is cached, so by a new home."""
        with tempfile.TemporaryDirectory() as home:
            (Path(home) / "config").write_text(self._config)
            answer = self._aws("s3", "ls", "--profile", "old-stg", AWS_CONFIG_FILE=f"{home}/config", HOME=home)
        self.answers.append(answer)
        return answer

    def __enter__(self) -> "Worker":
        self._thread = threading.Thread(target=self._go_on)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _go_on(self) -> None:
        while not self._over.wait(1):
            self.work()

    def _aws(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        files = {name: value for name, value in self.organisation.files.items() if name.startswith("AWS_")}
        own = {"HOME": str(self.organisation.directory)}
        own["AWS_ENDPOINT_URL"] = self.organisation.sandbox.record["aws_endpoint_url"]
        return subprocess.run(
            [str(BIN / "aws"), *arguments],
            env=QUIET | files | own | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )


def _keys(iam: Any, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
    return found


def _devices(iam: Any, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = iam.list_mfa_devices(UserName=name)["MFADevices"]
    return found


def _has_password(iam: Any, name: str) -> bool:
    try:
        iam.get_login_profile(UserName=name)
    except iam.exceptions.NoSuchEntityException:
        return False
    return True


@pytest.fixture(scope="module")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Organisation]:
    """The example organisation, with so many more users that there are 300."""
    directory = tmp_path_factory.mktemp("organisation")
    planted = json.loads(EXAMPLE.read_text())
    more = large_organisation(USERS - len(planted["dev"]["users"]))[IDENTITY]
    for kind in ("groups", "users", "roles"):
        known = {one["name"] for one in planted["dev"].get(kind, [])}
        planted["dev"].setdefault(kind, []).extend(one for one in more[kind] if one["name"] not in known)
    file = directory / "organisation.json"
    file.write_text(json.dumps(planted))
    with running(port=0, portal_port=0, member="dev-simple-user", settings_file=SETTINGS, plant_file=file) as one:
        record = as_record(one)
        sandbox = RunningSandbox(record, directory, one.aws)
        yield Organisation(sandbox, planted["dev"]["users"], record["planted"], directory)


def test_the_users_are_adopted_and_released_while_somebody_works_on(organisation: Organisation) -> None:
    before = organisation.found()
    assert len(before) == USERS
    members = organisation.directory / "members.csv"
    members.write_text("user_name\n" + "".join(f"{name}\n" for name in before))
    listed = ("--file", str(members), "--with-administrators", "--yes", "--json")

    plans = {one["user_name"]: one for one in _plans(organisation, listed)}
    assert organisation.found() == before
    for user in organisation.users:
        _check_plan(user, plans[user["name"]], before[user["name"]])

    worker = Worker(organisation)
    assert worker.work().returncode == 0, worker.answers[-1].stderr
    with worker:
        _kill_half_way(organisation, listed)
        cut_off = organisation.adopted()
        assert 0 < len(cut_off) < USERS - len(NOT_ADOPTED)
        outcomes = json.loads(organisation.firstday("adopt", *listed, status=1).stdout)["users"]
    assert {one["user_name"] for one in outcomes if one["status"] == "refused"} == NOT_ADOPTED
    assert {one["status"] for one in outcomes} == {"adopted", "already", "refused"}
    worker.work()
    assert len(worker.answers) > 5
    assert [one.stderr for one in worker.answers if one.returncode] == []

    now = organisation.found()
    for name, had in before.items():
        changed = {"path": "/members/", "boundary": BOUNDARY, "groups": sorted([*had["groups"], BASELINE_GROUP])}
        assert now[name] == (had if name in NOT_ADOPTED else had | changed), name

    organisation.firstday("release", *(before.keys() - NOT_ADOPTED), "--yes", "--json")
    assert organisation.found() == before
    assert worker.work().returncode == 0


def test_without_a_confirmation_of_their_own_nobody_for_whom_something_stops_is_touched(
    organisation: Organisation,
) -> None:
    before = organisation.found()
    said = organisation.firstday("adopt", "dev-user-01", "dev-user-02", status=2)
    assert "has to be answered" in said.stderr
    assert organisation.found() == before


def _plans(organisation: Organisation, listed: tuple[str, ...]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(organisation.firstday("adopt", *listed, "--dry-run").stdout)["users"]
    return found


def _check_plan(user: dict[str, Any], plan: dict[str, Any], had: dict[str, Any]) -> None:
    """Whatever the user used by themselves, and every key that was used, is in the plan as something that stops."""
    if user["name"] in NOT_ADOPTED:
        assert plan["stage"] == "refused"
        return
    if user["name"].lower().startswith("large-user"):  # their groups allow reading of everything
        lost = {one["service"]: one["used_at"] for one in plan["lost"]}
        assert all(lost[service] for service in user["service_use"] if service != "sts"), (user["name"], lost)
    used = [key for key in user.get("access_keys", []) if "used_days_ago" in key and key.get("active", True)]
    told = [key for key in plan["credentials"]["keys"] if key["is_active"] and key["used_at"]]
    assert len(told) == len(used), user["name"]
    assert plan["stops"] or not used
    assert (plan["former_path"], plan["former_boundary"]) == (had["path"], had["boundary"])
    assert sorted(plan["kept_groups"]) == had["groups"]


def _kill_half_way(organisation: Organisation, listed: tuple[str, ...]) -> None:
    process = subprocess.Popen(
        organisation.command("adopt", *listed),
        env=organisation.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    ends_at = time.monotonic() + 300
    while len(organisation.adopted()) < 40:
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < ends_at
        time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
