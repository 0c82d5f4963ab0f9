"""``firstday report`` over the network: several members are asked about at once."""

import csv
import io
from pathlib import Path

from tests.helpers.running_sandbox import RunningSandbox


def test_every_member_is_a_row_with_what_iam_has(sandbox: RunningSandbox, tmp_path: Path) -> None:
    names = [f"audited-{number:02}" for number in range(12)]
    for name in names:
        sandbox.invite(name)
    key = sandbox.root("iam").create_access_key(UserName=names[-1])["AccessKey"]["AccessKeyId"]
    file = tmp_path / "members.csv"
    ran = sandbox.firstday("report", "--csv", "--output", str(file))
    assert (ran.returncode, ran.stderr) == (0, "")
    rows = {row["user_name"]: row for row in csv.DictReader(io.StringIO(file.read_text("utf-8-sig")))}
    assert set(names) <= set(rows)
    assert {rows[name]["access_key_1"] for name in names[:-1]} == {"none"}
    assert (rows[names[-1]]["access_key_1"], rows[names[-1]]["access_key_1_last_used"]) == (key, "never")
    assert {row["not_seen"] for row in rows.values()} == {"none"}
