"""The concurrency that a deployment reserves for the portal, in accounts with a high, a low and no free quota."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from firstday.cli.views.deploy_view import deploy_record, plan_text
from firstday.deployment.plan import StackPlan, plan_portal
from firstday.deployment.portal import PORTAL_STACK, portal_from
from firstday.packaging import build
from firstday.sandbox.process.embedded_aws import EmbeddedAWS
from tests.helpers.deployments import deploy_portal
from tests.helpers.settings_makers import example_settings

SETTINGS = example_settings()
IDENTITY = SETTINGS.identity_account
RESERVES = "Lambda reserves 100 concurrent executions for the portal."
NOT_ALLOWED = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized"}}


@contextmanager
def account(quota: int) -> Iterator[EmbeddedAWS]:
    with EmbeddedAWS(
        accounts=(IDENTITY,), region=SETTINGS.region, port=0, portal_port=0, lambda_quota=quota
    ) as embedded:
        yield embedded


class Blindfolded:
    """A session that may not ask for the account's limits."""

    def __init__(self, session: Any) -> None:
        self.session = session

    def client(self, service: str, region: str | None = None) -> Any:
        client = self.session.client(service, region)
        if service != "lambda":
            return client

        class Lambda:
            exceptions = client.exceptions
            get_function_configuration = staticmethod(client.get_function_configuration)

            def get_account_settings(self) -> Any:
                raise ClientError(NOT_ALLOWED, "GetAccountSettings")

        return Lambda()


class Portal:
    def __init__(self, aws: EmbeddedAWS, folder: Path) -> None:
        self.aws, self.folder, self.settings = aws, folder, SETTINGS
        self.session: Any = aws.session(IDENTITY)

    def plan(self) -> StackPlan:
        package = build(Path(__file__).parents[2], self.settings, self.folder)
        return plan_portal(self.session, package, self.settings)

    def deploy(self) -> None:
        plan = self.plan()
        plan.execute()

    def said(self) -> str:
        plan = self.plan()
        plan.discard()
        return plan_text([plan], self.settings)

    def reserved(self) -> int | None:
        client: Any = self.aws.session(IDENTITY).client("lambda")
        found = client.get_function_concurrency(FunctionName=self.function)
        number: int | None = found.get("ReservedConcurrentExecutions")
        return number

    @property
    def function(self) -> str:
        stack: Any = self.aws.session(IDENTITY).client("cloudformation").describe_stacks(StackName=PORTAL_STACK)
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Stacks"][0]["Outputs"]}
        return portal_from(outputs, PORTAL_STACK).function_name


def test_where_there_is_room_the_portal_has_a_reservation_and_deploying_again_leaves_it(tmp_path: Path) -> None:
    with account(1000) as aws:
        portal = Portal(aws, tmp_path)
        assert f"  {RESERVES}\n" in portal.said() + "\n"
        portal.deploy()
        assert portal.reserved() == 100
        plan = portal.plan()
        assert plan.change_set is None
        assert plan.reservation is not None
        record = deploy_record(SETTINGS, portal_from(plan.execute(), PORTAL_STACK), {}, [plan], ())
        assert record["stacks"][0]["reservation"] == {"executions": 100, "words": RESERVES}
        # Its own reservation is not a reason to give it up, even if the account is full.
        portal.settings = replace(SETTINGS, maximum_concurrency=800)
        portal.deploy()
        assert portal.reserved() == 800
        portal.settings = SETTINGS
        assert "the portal's function: " in portal.said()
        portal.deploy()
        assert portal.reserved() == 100
        portal.settings = replace(SETTINGS, maximum_concurrency=0)
        portal.deploy()
        assert portal.reserved() is None


@pytest.mark.parametrize(("quota", "reserved"), [(200, 100), (199, None), (10, None)])
def test_at_least_a_hundred_remain_for_other_functions(quota: int, reserved: int | None, tmp_path: Path) -> None:
    with account(quota) as aws:
        portal = Portal(aws, tmp_path)
        said = portal.said()
        portal.deploy()
        assert portal.reserved() == reserved
        assert portal.plan().change_set is None
        nothing = f"Lambda reserves nothing for the portal: of the account's {quota} concurrent executions, fewer"
        assert (nothing in said) is (reserved is None)


def test_where_lambda_does_not_tell_the_reservation_stays_as_it_is_and_the_plan_says_so(tmp_path: Path) -> None:
    with account(1000) as aws:
        portal = Portal(aws, tmp_path)
        portal.session = Blindfolded(aws.session(IDENTITY))
        assert "The portal stays with no reservation: what Lambda could reserve was not seen." in portal.said()
        portal.deploy()
        assert portal.reserved() is None
        portal.session = aws.session(IDENTITY)
        portal.deploy()
        assert portal.reserved() == 100
        portal.session = Blindfolded(aws.session(IDENTITY))
        plan = portal.plan()
        assert plan.change_set is None
        assert plan.reservation is not None
        assert plan.reservation.words.startswith("The portal stays with 100 reserved concurrent executions: ")
        portal.settings = replace(SETTINGS, maximum_concurrency=50)
        portal.deploy()
        portal.settings = SETTINGS
        assert "The portal stays with 50 reserved concurrent executions: " in portal.said()
        portal.deploy()
        assert portal.reserved() == 50


def test_a_reservation_that_leaves_too_little_is_refused_as_lambda_does(tmp_path: Path) -> None:
    with account(1000) as aws:
        package = build(Path(__file__).parents[2], SETTINGS, tmp_path)
        portal = deploy_portal(aws.session(IDENTITY), package, SETTINGS)
        client: Any = aws.session(IDENTITY).client("lambda")
        with pytest.raises(client.exceptions.InvalidParameterValueException, match=r"minimum value of \[100\]"):
            client.put_function_concurrency(FunctionName=portal.function_name, ReservedConcurrentExecutions=901)
        client.put_function_concurrency(FunctionName=portal.function_name, ReservedConcurrentExecutions=900)
        assert client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == 100
