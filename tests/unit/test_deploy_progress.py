"""The progress lines while CloudFormation works."""

from firstday.cli.views.deploy_progress import SECONDS_BETWEEN, Progress


def event(resource: str, status: str, reason: str = "", kind: str = "AWS::DynamoDB::Table") -> dict[str, str]:
    found = {"LogicalResourceId": resource, "ResourceType": kind, "ResourceStatus": status}
    return found | ({"ResourceStatusReason": reason} if reason else {})


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def told(*parts: list[dict[str, str]], is_terminal: bool, seconds: float = 0.0) -> list[str]:
    lines: list[str] = []
    clock = Clock()
    progress = Progress("firstday", {"SwitchRoleGroupX": "x"}, lines.append, is_terminal=is_terminal, clock=clock)
    for part in parts:
        clock.seconds += seconds
        progress(list(part))
    return lines


EVENTS = [
    event("firstday", "CREATE_IN_PROGRESS", kind="AWS::CloudFormation::Stack"),
    event("MembersTable", "CREATE_IN_PROGRESS"),
    event("MembersTable", "CREATE_COMPLETE"),
    event("SwitchRoleGroupX", "UPDATE_COMPLETE", kind="AWS::IAM::Group"),
    event("ConsoleTable", "DELETE_COMPLETE"),
    event("AuditTable", "DELETE_SKIPPED"),
    event("firstday", "CREATE_COMPLETE", kind="AWS::CloudFormation::Stack"),
]


def test_on_a_terminal_each_finished_resource_is_a_line() -> None:
    assert told(EVENTS, is_terminal=True) == [
        "  created: the table of members",
        "  changed: the switch-role group x",
        "  removed: the table of console sign-ins",
        "  kept: the audit trail",
    ]


def test_elsewhere_there_is_a_line_now_and_then() -> None:
    assert told(EVENTS, [], is_terminal=False) == []
    still = "  firstday: 3 resources done, still at it."
    assert told(EVENTS, [], is_terminal=False, seconds=SECONDS_BETWEEN) == [still, still]


def test_what_fails_is_told_everywhere() -> None:
    failed = event("AuditTable", "CREATE_FAILED", "limit exceeded")
    for is_terminal in (True, False):
        assert told([failed], is_terminal=is_terminal) == ["  failed: the audit trail: limit exceeded"]
