"""The console's import of a list: the dry run, the work in parts, and the results."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.admin import inviting
from chalicelib.aws_errors import OtherSpelling
from chalicelib.web.rendering import in_language
from chalicelib.wiring import use
from firstday.verification.browser import Browser, Page
from tests.helpers.admin_calls import basis
from tests.helpers.aws_faults import Call, Deny, Fault, Refuse, Wire, watched
from tests.helpers.console_administrator import FORM, cookie, signed_in, stored
from tests.helpers.console_import import LIST, check, results, started, to_the_end, upload
from tests.helpers.worlds import MEMBER, PORTAL_URL, Clock, World, in_process, in_process_browser, of_admin


def users(world: World) -> list[str]:
    return sorted(user["UserName"] for user in world.iam.list_users()["Users"])


class Slow(Clock):
    """Two seconds pass whenever somebody looks."""

    def __call__(self) -> datetime:
        self.lead += timedelta(seconds=2)
        return super().__call__()


def test_the_dry_run_tells_of_each_line_what_will_happen_and_does_nothing(world: World, admin: Browser) -> None:
    before = stored(world.portal)
    page = check(admin, f"{LIST}{MEMBER},,\n")
    assert (page.status, page.heading) == (200, "This is what will happen")
    assert "Invite 3 members" in page.text
    assert "Will be created and invited." in page.text
    assert "Was invited already, by firstday-admin/admin" in page.text
    assert "developers, operators · with passcode" in page.text
    assert stored(world.portal) == before
    assert users(world) == [MEMBER]


def test_every_problem_is_named_with_its_line_and_the_list_stays_to_be_mended(world: World, admin: Browser) -> None:
    text = "user_name,groups\nfirst,nobody\nFIRST,\nsecond,\nsec ond,\n"
    page = check(admin, text)
    assert (page.status, page.heading) == (400, "The list cannot be used yet")
    for line, words in ((2, "No switch-role group is called nobody"), (5, "IAM does not take ' ' in a user name")):
        assert f"{line}{words}" in page.text
    assert page.form("import-check").fields["csv"] == text
    assert users(world) == [MEMBER]
    mended = admin.submit(page.form("import-check"), csv="user_name\nfirst\n")
    assert mended.heading == "This is what will happen"


def test_problems_are_told_in_japanese_too(world: World) -> None:
    page = check(signed_in(world.portal, "ja"), "user_name\n山 田\n")
    assert page.status == 400
    assert "IAM のユーザー名に" in page.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_file_may_come_in_any_encoding_of_a_spreadsheet(admin: Browser, encoding: str) -> None:
    file = "ユーザー名;グループ\r\nfirst;developers\r\n".encode(encoding)
    page = upload(admin, file, csv="is not looked at")
    assert (page.status, page.heading) == (200, "This is what will happen")
    assert page.form("console/import").fields["csv"].split() == ["ユーザー名;グループ", "first;developers"]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"PK\x03\x04 a workbook", "This is a workbook and not a text file."),
        (b"\x80\x81\xff\xfe\xfd", "This is not text in UTF-8, UTF-16 or Shift_JIS."),
        (b"", "Paste the list, or choose a file."),
        (b"user_name\n" + b"x" * 2_000_000, "is longer than 2 MB"),
    ],
    ids=["workbook", "no text", "empty", "too long"],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(admin: Browser, file: bytes, words: str) -> None:
    page = upload(admin, file)
    assert page.status == 400
    assert words in page.by_id["csv-problem"]
    assert page.form("import-check").method == "post"


def test_a_form_that_is_none_is_refused_in_words(admin: Browser) -> None:
    headers = FORM | cookie(admin) | {"Content-Type": "multipart/form-data", "Accept-Language": "en"}
    page = Page(in_process("POST", "/api/console/import-check", headers, "no parts"))
    assert page.status == 400
    assert "cannot be read" in page.by_id["csv-problem"]


def test_an_import_invites_everybody_and_gives_links_that_work(world: World, admin: Browser) -> None:
    page = started(admin, LIST)
    assert page.heading == "The import is done"
    rows = results(page)
    assert list(rows[0]) == ["user_name", "status", "link", "passcode", "expires_at", "message", "mailed_to"]
    assert [(row["user_name"], row["status"], bool(row["passcode"])) for row in rows] == [
        ("first", "invited", False),
        ("second", "invited", True),
        ("third", "invited", False),
    ]
    for row in rows:
        assert row["link"] in page.text
        assert row["link"].startswith(f"{PORTAL_URL}/start#0")
        assert datetime.fromisoformat(row["expires_at"]) > world.portal.now()
        sent = {"token": row["link"].partition("#")[2], "passcode": row["passcode"]}
        assert in_process_browser().post("start", sent).heading == "Register your phone"
    assert users(world) == [MEMBER, "first", "second", "third"]


def test_who_is_invited_already_is_left_alone_and_a_failure_stops_nobody_else(world: World, admin: Browser) -> None:
    page = check(admin, f"user_name\nfirst\n{MEMBER}\nroot-like\nlast\n")
    world.iam.create_user(UserName="root-like", Path="/admins/")
    page = admin.submit(page.form("console/import"))
    assert [(row["user_name"], row["status"]) for row in results(page)] == [
        ("first", "invited"),
        (MEMBER, "skipped"),
        ("root-like", "failed"),
        ("last", "invited"),
    ]
    assert "the portal does not touch users outside" in results(page)[2]["message"]
    assert world.browser.post("start", {"token": world.invitation.token}).heading == "Register your phone"


def test_an_administrator_who_reads_japanese_is_told_of_other_capitals_in_japanese() -> None:
    assert "すでにあります" in in_language(OtherSpelling(MEMBER).words, "ja")


def test_a_line_that_aws_does_not_allow_is_told_and_logged(
    world: World, admin: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    with watched(world.portal, Deny("CreateUser")):
        failed = [row["message"] for row in results(started(admin, LIST)) if row["status"] == "failed"]
    assert len(failed) > 1
    assert all(message.startswith("AWS does not allow the portal iam:CreateUser.") for message in failed)
    assert capsys.readouterr().out.count("AccessDenied: User: ") == len(failed)


def test_importing_the_same_list_again_does_only_what_is_left(world: World, admin: Browser) -> None:
    with watched(world.portal, Refuse("CreateUser", "ServiceQuotaExceeded")):
        assert {row["status"] for row in results(started(admin, LIST))} == {"failed"}
    started(admin, "user_name\nfirst\n")
    again = check(admin, LIST)
    assert "Invite 2 members" in again.text
    statuses = [row["status"] for row in results(admin.submit(again.form("console/import")))]
    assert statuses == ["skipped", "invited", "invited"]
    nothing = check(signed_in(world.portal), LIST)
    assert "There is nothing to do" in nothing.text


def test_a_long_import_is_worked_on_in_parts(world: World, admin: Browser) -> None:
    page = check(admin, "user_name\n" + "".join(f"member-{number}\n" for number in range(7)))
    use(replace(world.portal, clock=Slow(world.clock.lead)))
    first = admin.submit(page.form("console/import"))
    assert first.status == 200
    assert first.heading.endswith("of 7 lines are done")
    pages = to_the_end(admin, first)
    assert len(pages) > 2
    assert "member-0" in pages[0].text
    assert [row["user_name"] for row in results(pages[-1])] == [f"member-{number}" for number in range(7)]
    assert {row["status"] for row in results(pages[-1])} == {"invited"}
    assert len(users(world)) == 8


def test_sending_a_part_twice_gives_the_same_links(world: World, admin: Browser) -> None:
    form = check(admin, "user_name\nfirst\nsecond\n").form("console/import")
    first, again = results(admin.submit(form)), results(admin.submit(form))
    assert [row["link"] for row in first] == [row["link"] for row in again]
    created = [event for event in stored(world.portal)["audit"] if event["action"]["S"] == "invitation.created"]
    assert len(created) == 3


def test_a_busy_aws_makes_the_import_wait_and_costs_no_line(world: World, admin: Browser) -> None:
    page = check(admin, LIST)
    with watched(world.portal, Wire(Call("AddUserToGroup", 2), Fault.THROTTLED)):
        busy = admin.submit(page.form("console/import"))
        assert (busy.status, busy.heading) == (200, "1 of 3 lines are done")
        assert "AWS is busy" in busy.text
        assert 'data-automatic="3"' in busy.answer.body
        done = to_the_end(admin, busy)[-1]
    assert {row["status"] for row in results(done)} == {"invited"}
    assert users(world) == [MEMBER, "first", "second", "third"]


def test_an_aws_that_stays_busy_is_asked_less_and_less_often(world: World, admin: Browser) -> None:
    page, waits = check(admin, LIST), []
    with watched(world.portal, Refuse("CreateUser", "Throttling")):
        for _ in range(11):
            page = admin.submit(page.form("console/import"))
            waits.append(page.answer.body.partition('data-automatic="')[2].partition('"')[0])
    assert waits == ["6", "12", "24", "30", "30", "30", "30", "30", "30", "", ""]
    assert to_the_end(admin, page)


def test_the_language_can_be_changed_on_the_way(admin: Browser) -> None:
    page = check(admin, LIST)
    form = page.form("console/import")
    in_japanese = admin.post("console/import-check", {**form.fields, "lang": "ja"})
    assert in_japanese.heading == "取り込みの内容を確認してください"
    assert in_japanese.form("console/import").fields["csv"] == form.fields["csv"]


def test_an_import_that_was_cut_off_gives_the_same_links_when_it_is_done_again(
    world: World, admin: Browser
) -> None:
    """The answer never came: the browser was closed, say. Another console makes nothing of the same list."""
    first = results(admin.submit(check(admin, LIST).form("console/import")))
    other_line_ends = LIST.replace("\n", "\r\n")
    again = results(admin.submit(check(admin, other_line_ends).form("console/import")))
    assert [row["link"] for row in again if row["link"]] == [row["link"] for row in first if row["link"]] != []
    elsewhere = signed_in(world.portal)
    skipped = results(elsewhere.post("console/import", {"csv": LIST}))
    assert {row["status"] for row in skipped} == {"skipped"}


def test_a_link_that_was_revoked_does_not_come_back_with_its_import(world: World, admin: Browser) -> None:
    first = results(admin.submit(check(admin, LIST).form("console/import")))
    name = next(row["user_name"] for row in first if row["link"])
    inviting.revoke(of_admin(world.portal), user_name=name, basis=basis(name))
    again = results(admin.submit(check(admin, LIST).form("console/import")))
    (row,) = [row for row in again if row["user_name"] == name]
    assert (row["status"], row["link"]) == ("skipped", "")
    assert "it is over" in row["message"]


@pytest.mark.parametrize(
    "changes",
    [
        {"results": "{"},
        {"results": '[[1, "invited"], "x"]'},
        {"results": '[[1, "made up"]]'},
        {"results": "[" * 5000},
        {"results": '[[1, "invited", 7]]'},
        {"results": "7"},
    ],
)
def test_a_form_that_was_tampered_with_is_refused(world: World, admin: Browser, changes: dict[str, str]) -> None:
    form = check(admin, LIST).form("console/import")
    page = admin.submit(form, **changes)
    assert (page.status, page.heading) == (400, "This cannot be used")
    assert users(world) == [MEMBER]


def test_nothing_secret_is_stored_or_logged(
    world: World, admin: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    form = check(admin, LIST).form("console/import")
    rows = results(admin.submit(form))
    secrets = [row["link"][-52:] for row in rows]
    secrets += [row["passcode"] for row in rows if row["passcode"]]
    kept = json.dumps(stored(world.portal)) + "".join(capsys.readouterr())
    assert [secret for secret in secrets if len(secret) < 9 or secret in kept] == []


def test_results_of_many_lines_are_all_in_the_file(world: World, admin: Browser) -> None:
    names = [f"member-{number}" for number in range(1200)]
    form = check(admin, "user_name\n" + "\n".join(names)).form("console/import")
    earlier = json.dumps([[line, "skipped", "Is active already."] for line in range(2, 1201)])
    page = to_the_end(admin, admin.submit(form, results=earlier))[-1]
    assert [row["user_name"] for row in results(page)] == names
    assert page.text.count("Left alone") < 1200
    assert users(world) == [MEMBER, "member-1199"]
