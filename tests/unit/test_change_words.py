"""The words for what a change set would do, and for what it would lose."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstday.deployment.change_words import Change, ChangeKind, change_lines, groups_given_up, losses, read_changes
from firstday.stack.templates import portal_overlay
from tests.helpers.settings_makers import example_settings

TEMPLATE: Any = portal_overlay(example_settings())
ACTIONS = ["Add", "Modify", "Remove", "Import", "Dynamic"]
TYPES = ["AWS::DynamoDB::Table", "AWS::Logs::LogGroup", "AWS::IAM::Group", "AWS::ApiGateway::RestApi", "AWS::X::Y"]


def change(action: str, logical_id: str, resource_type: str, **more: Any) -> dict[str, Any]:
    found = {"Action": action, "LogicalResourceId": logical_id, "ResourceType": resource_type, **more}
    return {"Type": "Resource", "ResourceChange": found}


def detail(name: str | None, attribute: str = "Properties") -> dict[str, Any]:
    return {"Target": {"Attribute": attribute} | ({"Name": name} if name else {})}


def lines(*changes: dict[str, Any]) -> list[str]:
    return list(change_lines(read_changes(changes, TEMPLATE)))


def lost(*changes: dict[str, Any], **users_of: list[str]) -> list[str]:
    return losses(read_changes(changes, TEMPLATE), users_of)


def test_resources_are_named_as_people_name_them_and_grouped_by_what_happens() -> None:
    assert lines(
        change("Remove", "Mystery", "AWS::X::Y"),
        change("Add", "MembersTable", "AWS::DynamoDB::Table"),
        change("Add", "SwitchRoleGroupDevelopers", "AWS::IAM::Group"),
        change("Add", "WrongTokensAlarm", "AWS::CloudWatch::Alarm"),
        change("Modify", "APIHandler", "AWS::Lambda::Function", Details=[detail("Code"), detail("Timeout")]),
    ) == [
        "Created:",
        '  the alarm "wrong tokens"',
        "  the switch-role group developers",
        "  the table of members",
        "Changed:",
        "  the portal's function: Code, Timeout",
        "Removed:",
        "  Mystery (AWS::X::Y)",
    ]


def test_a_property_that_changes_for_two_reasons_is_named_once_and_an_attribute_by_itself() -> None:
    details = [detail("Environment"), detail("Environment"), detail(None, "Tags")]
    assert lines(change("Modify", "APIHandler", "AWS::Lambda::Function", Details=details))[1] == (
        "  the portal's function: Environment, Tags"
    )


def test_a_new_version_of_the_api_is_one_change_and_not_two_resources() -> None:
    kind = "AWS::ApiGateway::Deployment"
    assert lines(change("Add", "RestAPIDeploymentnew", kind), change("Remove", "RestAPIDeploymentold", kind)) == [
        "Changed:",
        "  the published version of the API",
    ]


def test_a_group_that_goes_is_named_after_its_id_for_the_new_template_does_not_know_it() -> None:
    gone = change("Remove", "SwitchRoleGroupOld1234", "AWS::IAM::Group", PhysicalResourceId="old-developers")
    assert lines(gone) == ["Removed:", "  the switch-role group old-developers"]
    assert groups_given_up(read_changes([gone], TEMPLATE)) == ["old-developers"]


@pytest.mark.parametrize(
    ("action", "replacement", "kind"),
    [
        ("Add", None, ChangeKind.CREATED),
        ("Import", None, ChangeKind.CREATED),
        ("Modify", None, ChangeKind.CHANGED),
        ("Modify", "False", ChangeKind.CHANGED),
        ("Modify", "Conditional", ChangeKind.PERHAPS_REPLACED),
        ("Modify", "True", ChangeKind.REPLACED),
        ("Remove", None, ChangeKind.REMOVED),
    ],
)
def test_each_action_is_told(action: str, replacement: str | None, kind: ChangeKind) -> None:
    more = {"Replacement": replacement} if replacement else {}
    (found,) = read_changes([change(action, "Topic", "AWS::SNS::Topic", **more)], TEMPLATE)
    assert found.kind is kind


@pytest.mark.parametrize("table", ["MembersTable", "AuditTable"])
@pytest.mark.parametrize(
    "more", [{"Replacement": "True", "PolicyAction": "ReplaceAndRetain"}, {"Replacement": "Conditional"}]
)
def test_a_table_that_is_replaced_is_a_loss_though_the_old_one_is_kept(table: str, more: dict[str, str]) -> None:
    (sentence,) = lost(change("Modify", table, "AWS::DynamoDB::Table", **more))
    assert sentence.endswith("the portal would no longer have what is in it.")


def test_a_removed_table_is_a_loss_and_the_sign_ins_of_a_day_are_none() -> None:
    assert lost(change("Remove", "AuditTable", "AWS::DynamoDB::Table", PolicyAction="Retain")) == [
        "The audit trail: the portal would no longer have what is in it."
    ]
    assert lost(change("Remove", "ConsoleTable", "AWS::DynamoDB::Table", PolicyAction="Delete")) == []


def test_a_log_is_lost_unless_it_is_kept() -> None:
    gone = change("Remove", "PortalLogs", "AWS::Logs::LogGroup", PolicyAction="Delete")
    assert lost(gone) == ["The portal's log: what is in it would be deleted."]
    kept = change("Remove", "PortalLogs", "AWS::Logs::LogGroup", PolicyAction="Retain")
    assert lost(kept) == []
    assert lines(kept) == ["Removed:", "  the portal's log (the old one is kept, by itself)"]


def test_another_api_is_another_address() -> None:
    (sentence,) = lost(change("Modify", "RestAPI", "AWS::ApiGateway::RestApi", Replacement="True"))
    assert "links sent so far would lead nowhere" in sentence


@pytest.mark.parametrize(("action", "more"), [("Remove", {}), ("Modify", {"Replacement": "True"})])
def test_a_domain_that_goes_takes_the_links_with_it(action: str, more: dict[str, str]) -> None:
    gone = change(
        action, "PortalDomain", "AWS::ApiGateway::DomainName", PhysicalResourceId="old.example.com", **more
    )
    assert lost(gone) == ["The domain old.example.com: links with it that were sent so far would lead nowhere."]


def test_a_domain_that_is_removed_is_named() -> None:
    gone = change("Remove", "PortalDomain", "AWS::ApiGateway::DomainName", PhysicalResourceId="old.example.com")
    assert lines(gone) == ["Removed:", "  the domain old.example.com"]


def following(cause: str) -> dict[str, Any]:
    target = {"Attribute": "Properties", "Name": "Policies", "RequiresRecreation": "Conditionally"}
    return {"Target": target, "Evaluation": "Dynamic", "ChangeSource": "ResourceReference", "CausingEntity": cause}


def test_what_only_refers_to_something_that_changes_is_told_apart() -> None:
    direct = {**detail("Policies"), "Evaluation": "Static", "ChangeSource": "DirectModification"}
    role = {"Replacement": "Conditional", "Details": [following("RestAPI")]}
    both = {"Replacement": "False", "Details": [following("RestAPI"), direct]}
    api = {"Replacement": "Conditional", "Details": [detail("Body")]}
    assert lines(
        change("Modify", "RestAPI", "AWS::ApiGateway::RestApi", **api),
        change("Modify", "ApiHandlerRole", "AWS::IAM::Role", **both),
        change("Modify", "SweeperRole", "AWS::IAM::Role", **role),
    ) == [
        "Changed:",
        "  the portal's API: Body",
        "  the role of the portal's function: Policies",
        "Changed only if one of the others is replaced:",
        "  the sweeper's role",
    ]


def test_a_table_that_might_be_replaced_because_of_another_resource_is_a_loss_all_the_same() -> None:
    table = {"Replacement": "Conditional", "Details": [following("Key")]}
    assert lost(change("Modify", "MembersTable", "AWS::DynamoDB::Table", **table)) == [
        "The table of members: the portal would no longer have what is in it."
    ]


def test_a_group_is_a_loss_to_whoever_is_in_it() -> None:
    gone = change("Remove", "SwitchRoleGroupOld", "AWS::IAM::Group", PhysicalResourceId="old")
    assert lost(gone) == []
    assert lost(gone, old=["carol"]) == ["The switch-role group old: 1 user in it would be taken out: carol."]


def test_what_is_created_or_changed_in_place_loses_nothing() -> None:
    for resource_type in TYPES:
        assert lost(change("Add", "New", resource_type), change("Modify", "Old", resource_type)) == []


CHANGES = st.builds(
    change,
    st.sampled_from(ACTIONS),
    st.one_of(
        st.sampled_from(sorted(TEMPLATE["Resources"])), st.from_regex("[A-Z][A-Za-z0-9]{0,30}", fullmatch=True)
    ),
    st.one_of(st.sampled_from(TYPES), st.from_regex(r"[A-Z]\w{0,9}::[A-Z]\w{0,9}::[A-Z]\w{0,9}", fullmatch=True)),
    Replacement=st.sampled_from(["True", "False", "Conditional"]),
    PolicyAction=st.sampled_from(
        ["", "Delete", "Retain", "ReplaceAndRetain", "ReplaceAndDelete", "ReplaceAndSnapshot"]
    ),
    Details=st.lists(st.builds(detail, st.one_of(st.none(), st.text(min_size=1, max_size=9))), max_size=3),
)


@given(st.lists(CHANGES, max_size=12))
def test_every_change_has_one_line_whatever_it_is_and_each_heading_is_there_once(
    changes: list[dict[str, Any]],
) -> None:
    found = read_changes(changes, TEMPLATE)
    told = list(change_lines(found))
    headings = [line for line in told if not line.startswith("  ")]
    assert len(told) - len(headings) == len(found) <= len(changes)
    assert headings == [f"{kind}:" for kind in ChangeKind if any(each.kind is kind for each in found)]


@given(st.lists(CHANGES, max_size=12), st.randoms())
def test_the_order_in_which_aws_tells_makes_no_difference(changes: list[dict[str, Any]], random: Any) -> None:
    def told(found: tuple[Change, ...]) -> list[str]:
        return sorted(change_lines(found))

    shuffled = random.sample(changes, len(changes))
    unversioned = [each["ResourceChange"]["ResourceType"] for each in changes]
    assert "AWS::ApiGateway::Deployment" in unversioned or told(read_changes(changes, TEMPLATE)) == told(
        read_changes(shuffled, TEMPLATE)
    )


@given(st.lists(CHANGES, max_size=12))
def test_a_loss_is_one_of_the_changes_and_never_of_something_new(changes: list[dict[str, Any]]) -> None:
    found = read_changes(changes, TEMPLATE)
    given_up = groups_given_up(found)
    lost = losses(found, dict.fromkeys(given_up, ("carol",)))
    assert len(lost) <= sum(each.kind is not ChangeKind.CREATED for each in found)
