"""ministack's gaps without the layer; if one of these tests fails, a part of the layer is no longer needed.

The gaps in seeds, codes, paths, variables, boundaries, groups and gateway responses are beside the
tests of what replaces them.
"""

import http.client
import inspect
import time
from typing import Any

import pytest
from ministack.core import iam_actions, lambda_runtime
from ministack.services import apigateway_v1

from firstday.deployment.stack import Stack
from tests.helpers.deployments import deploy_stack
from tests.helpers.embedded_aws import IDENTITY, PlainMinistack, allow, document

TRUST = document({"Effect": "Allow", "Principal": {"AWS": IDENTITY}, "Action": "sts:AssumeRole"})


@pytest.fixture
def iam(plain: PlainMinistack) -> Any:
    return plain.client("iam")


def test_names_quotas_and_conflicts_are_not_checked(iam: Any) -> None:
    iam.create_user(UserName="with space")
    iam.create_user(UserName="WITH SPACE")
    for _ in range(3):
        key = iam.create_access_key(UserName="with space")["AccessKey"]["AccessKeyId"]
    iam.delete_access_key(UserName="WITH SPACE", AccessKeyId=key)
    iam.create_group(GroupName="some")
    iam.add_user_to_group(GroupName="some", UserName="WITH SPACE")
    iam.delete_user(UserName="WITH SPACE")


def test_an_api_whose_document_changes_becomes_another_one(plain: PlainMinistack) -> None:
    stack = Stack(plain.client("cloudformation"), "document", time.sleep)
    ids = set()
    for title in ("one", "two"):
        api = {
            "Type": "AWS::ApiGateway::RestApi",
            "Properties": {"Body": {"swagger": "2.0", "info": {"title": title}}},
        }
        template = {"Resources": {"API": api}, "Outputs": {"Id": {"Value": {"Ref": "API"}}}}
        ids.add(deploy_stack(stack, template)["Id"])
    assert len(ids) == 2


def test_a_call_without_a_user_name_is_about_root(plain: PlainMinistack, iam: Any) -> None:
    iam.create_user(UserName="caller")
    iam.put_user_policy(UserName="caller", PolicyName="test", PolicyDocument=document(allow("iam:*")))
    key = iam.create_access_key(UserName="caller")["AccessKey"]
    caller = plain.client("iam", key["AccessKeyId"], key["SecretAccessKey"])
    assert caller.get_user()["User"]["UserName"] == "root"


def test_a_role_lasts_as_long_as_one_asks_and_its_path_does_not_count(plain: PlainMinistack, iam: Any) -> None:
    iam.create_role(RoleName="short", Path="/hidden/", AssumeRolePolicyDocument=TRUST)
    plain.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{IDENTITY}:role/short", RoleSessionName="with space!", DurationSeconds=43200
    )


def test_an_unsigned_request_to_s3_is_served_as_roots(plain: PlainMinistack) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", plain.port)
    connection.request("GET", "/")
    response = connection.getresponse()
    assert (response.status, b"ListAllMyBucketsResult" in response.read()) == (200, True)
    connection.close()


def test_administrative_paths_ask_nobody_who_they_are(plain: PlainMinistack) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", plain.port)
    connection.request("GET", "/_ministack/health")
    response = connection.getresponse()
    assert response.status == 200
    response.read()
    connection.close()


def test_a_functions_credentials_are_hashes_of_public_names() -> None:
    source = inspect.getsource(lambda_runtime.execution_credentials)
    assert 'f"{function_arn}:{role_arn}"' in source
    assert "secrets" not in source


def test_an_operation_without_an_iam_action_is_allowed() -> None:
    assert iam_actions.extract_iam_action("lambda", "GET", "/no/such/path", {}, b"", {}) is None


def test_the_callers_address_is_what_the_client_says() -> None:
    assert "x-forwarded-for" in inspect.getsource(apigateway_v1._build_lambda_event_v1)
    assert "domainName" not in inspect.getsource(apigateway_v1._build_lambda_event_v1)


def test_an_api_hands_on_lambdas_refusal_and_fills_in_no_method() -> None:
    assert apigateway_v1._lambda_proxy_response({"throttle": True})[0]["statusCode"] == 429
    assert "httpMethod" not in inspect.getsource(apigateway_v1._gateway_error_response)
