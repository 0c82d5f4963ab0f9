"""The data of botocore that ships in the package does what botocore's own does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.model import OperationModel, Shape, StructureShape
from botocore.regions import EndpointResolver
from botocore.session import Session

from chalicelib.aws.clients import client_config
from chalicelib.aws.packaged_data import ROOTS, PackagedData, new_session
from firstday import trimmed_botocore
from firstday.trimmed_botocore import SERVICES, operations

PROJECT = Path(__file__).parents[2]
OPERATIONS = [(service, name) for service in SERVICES for name in sorted(operations(service))]
EVERY_OPERATION = pytest.mark.parametrize(("service", "name"), OPERATIONS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "botocore_data"
    trimmed_botocore.write(path)
    return path


class Clients:
    """A client of each service, from the trimmed data or from botocore's own; what they send goes nowhere."""

    def __init__(self, session: Session) -> None:
        credentials: Any = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret"}
        self.sent: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answer = (200, b"{}")
        self.clients: dict[str, Any] = {}
        for service in SERVICES:
            made = session.create_client(service, "ap-northeast-1", config=client_config(), **credentials)
            made.meta.events.register_first("before-send", self._send)
            self.clients[service] = made

    def _send(self, request: Any, **_: object) -> AWSResponse:
        changing = ("x-amz-date", "authorization", "amz-sdk-invocation-id", "user-agent")
        headers = {name: str(value) for name, value in request.headers.items() if name.lower() not in changing}
        self.sent.append((request.method, request.url, headers, request.body))
        status, body = self.answer
        return AWSResponse(request.url, status, {"x-amzn-RequestId": "r"}, _Raw(body))

    def call(self, service: str, name: str, parameters: dict[str, Any]) -> object:
        """What botocore makes of the answer, or of the error."""
        client = self.clients[service]
        try:
            answer = getattr(client, xform_name(name))(**parameters)
        except ClientError as error:
            return type(error).__name__, error.response
        return answer


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


@pytest.fixture(scope="module")
def both(folder: Path) -> tuple[Clients, Clients]:
    return Clients(new_session("aws", folder)), Clients(Session())


def model_of(clients: Clients, service: str, name: str) -> OperationModel:
    found: OperationModel = clients.clients[service].meta.service_model.operation_model(name)
    return found


def written_out(shape: Shape | None, above: tuple[str, ...] = ()) -> Any:
    """Everything about a shape that is no documentation, and about its parts."""
    if shape is None or shape.name in above:
        return shape and shape.name
    here = (*above, shape.name)
    parts: Any = None
    if isinstance(shape, StructureShape):
        parts = {name: written_out(member, here) for name, member in shape.members.items()}
    elif shape.type_name == "list":
        parts = written_out(shape.member, here)
    elif shape.type_name == "map":
        parts = [written_out(shape.key, here), written_out(shape.value, here)]
    return shape.name, shape.type_name, shape.serialization, shape.metadata, parts


def filled(shape: Shape, depth: int = 0) -> Any:
    """A value of the shape, with all members."""
    match shape.type_name:
        case "structure":
            members = {} if depth > 4 else shape.members
            names = list(members)[:1] if shape.metadata.get("union") else members
            return {name: filled(members[name], depth + 1) for name in names}
        case "list":
            return [] if depth > 4 else [filled(shape.member, depth + 1)]
        case "map":
            return {} if depth > 4 else {"key": filled(shape.value, depth + 1)}
        case "boolean":
            return True
        case "integer" | "long":
            return 7
        case "blob":
            return b"bytes"
        case "timestamp":
            return "2026-11-24T09:30:00Z"
    return shape.metadata.get("enum", ["text" * 6])[0]


@EVERY_OPERATION
def test_an_operation_takes_answers_and_raises_the_same(
    service: str, name: str, both: tuple[Clients, Clients]
) -> None:
    ours, theirs = (model_of(clients, service, name) for clients in both)
    for shape in ("input_shape", "output_shape"):
        assert written_out(getattr(ours, shape)) == written_out(getattr(theirs, shape))
    assert [*map(written_out, ours.error_shapes)] == [*map(written_out, theirs.error_shapes)]
    for rule in ("http", "endpoint", "auth_type", "static_context_parameters", "operation_context_parameters"):
        assert getattr(ours, rule) == getattr(theirs, rule)


@EVERY_OPERATION
def test_an_operation_sends_the_same_request_to_the_same_address(
    service: str, name: str, both: tuple[Clients, Clients]
) -> None:
    shape = model_of(both[1], service, name).input_shape
    parameters = filled(shape) if shape else {}
    for clients in both:
        clients.answer = (200, b"{}" if service == "dynamodb" else f"<R><{name}Result/></R>".encode())
        clients.call(service, name, parameters)
    assert both[0].sent[-1] == both[1].sent[-1]


ANSWERS = [
    (
        "dynamodb",
        "GetItem",
        200,
        b'{"Item": {"name": {"S": "ada"}, "groups": {"L": [{"S": "a"}]}, "n": {"N": "1"}}}',
    ),
    (
        "dynamodb",
        "UpdateItem",
        400,
        b'{"__type": "com#ConditionalCheckFailedException", "Item": {"n": {"N": "1"}}}',
    ),
    (
        "dynamodb",
        "TransactWriteItems",
        400,
        b'{"__type": "x#TransactionCanceledException", "CancellationReasons": [{"Code": "None"}, {"Code": "X"}]}',
    ),
    ("dynamodb", "Query", 400, b'{"__type": "com#ValidationException", "message": "no"}'),
    ("dynamodb", "PutItem", 400, b'{"__type": "com#ThrottlingException", "message": "later"}'),
    (
        "iam",
        "CreateVirtualMFADevice",
        200,
        b"<R><CreateVirtualMFADeviceResult><VirtualMFADevice><SerialNumber>arn</SerialNumber><Base32StringSeed>QUJD"
        b"</Base32StringSeed></VirtualMFADevice></CreateVirtualMFADeviceResult></R>",
    ),
    (
        "iam",
        "ListAccessKeys",
        200,
        b"<R><ListAccessKeysResult><AccessKeyMetadata><member><AccessKeyId>AKIA</AccessKeyId><Status>Active</Status>"
        b"<CreateDate>2026-11-24T09:30:00Z</CreateDate></member></AccessKeyMetadata></ListAccessKeysResult></R>",
    ),
    (
        "iam",
        "GetRole",
        200,
        b"<R><GetRoleResult><Role><Arn>a</Arn><AssumeRolePolicyDocument>%7B%22a%22%3A1%7D</AssumeRolePolicyDocument>"
        b"</Role></GetRoleResult></R>",
    ),
    *(
        (
            "iam",
            "EnableMFADevice",
            status,
            f"<E><Error><Code>{code}</Code><Message>no</Message></Error><RequestId>r</RequestId></E>".encode(),
        )
        for status, code in (
            (404, "NoSuchEntity"),
            (409, "EntityAlreadyExists"),
            (403, "InvalidAuthenticationCode"),
        )
    ),
    ("iam", "GetUser", 400, b"<E><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></E>"),
    ("iam", "GetUser", 500, b"<E><Error><Code>ServiceFailure</Code></Error></E>"),
]


@pytest.mark.parametrize(("service", "name", "status", "body"), ANSWERS)
def test_an_answer_means_the_same(
    service: str, name: str, status: int, body: bytes, both: tuple[Clients, Clients]
) -> None:
    parameters = filled(model_of(both[1], service, name).input_shape)
    found = []
    for clients in both:
        clients.answer = (status, body)
        found.append(clients.call(service, name, parameters))
    assert found[0] == found[1]


def test_every_region_has_the_same_endpoints(folder: Path) -> None:
    loaders = PackagedData(folder), Loader()
    ours, theirs = (EndpointResolver(loader.load_data("endpoints")) for loader in loaders)
    for partition in theirs.get_available_partitions():
        for service in SERVICES:
            regions = theirs.get_available_endpoints(service, partition, allow_non_regional=True)
            assert ours.get_available_endpoints(service, partition, allow_non_regional=True) == regions
            for region in [*regions, "eu-north-9"]:
                assert ours.construct_endpoint(service, region) == theirs.construct_endpoint(service, region)
    assert loaders[0].load_data("partitions") == loaders[1].load_data("partitions")


@pytest.mark.parametrize("service", SERVICES)
def test_the_rules_for_addresses_are_those_of_botocore(service: str, folder: Path) -> None:
    ours, theirs = (
        loader.load_service_model(service, "endpoint-rule-set-1") for loader in (PackagedData(folder), Loader())
    )
    assert ours == theirs


def test_paginators_are_those_of_botocore(folder: Path, both: tuple[Clients, Clients]) -> None:
    for name in paginated():
        for clients in both:
            assert clients.clients["iam"].can_paginate(name), name
    ours, theirs = (loader.load_service_model("iam", "paginators-1") for loader in (PackagedData(folder), Loader()))
    assert ours["pagination"].items() <= theirs["pagination"].items()


def calls_of_the_portal() -> Iterator[ast.Call]:
    for path in sorted((PROJECT / "chalicelib" / "aws").glob("*.py")):
        yield from (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def paginated() -> set[str]:
    """The operations that the portal asks for page by page, in the sweeper too."""
    return {
        argument.value
        for call in calls_of_the_portal()
        if isinstance(call.func, ast.Attribute) and call.func.attr == "get_paginator"
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    } - {"list_virtual_mfa_devices"}


def test_every_operation_that_the_portal_calls_is_there(both: tuple[Clients, Clients]) -> None:
    """A method of botocore's own clients that the code of the portal calls by name exists in ours."""
    ours, theirs = ({name for client in clients.clients.values() for name in dir(client)} for clients in both)
    called = {
        call.func.attr
        for call in calls_of_the_portal()
        if isinstance(call.func, ast.Attribute) and re.search(r"(client|once)$", ast.unparse(call.func.value))
    }
    assert len(called) > 25
    assert (called & theirs) - ours == set()


def test_what_is_not_in_the_package_is_botocores_own(folder: Path) -> None:
    session = new_session("aws", folder)
    assert session.create_client("sts", "ap-northeast-1").meta.service_model.operation_names
    assert session.get_component("data_loader").load_data("_retry") == Loader().load_data("_retry")


def test_the_same_botocore_makes_the_same_files(folder: Path, tmp_path: Path) -> None:
    trimmed_botocore.write(tmp_path / "again")
    names = sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    for name in names:
        assert (folder / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    assert len(names) == 9


def test_the_certificates_are_amazons_roots_as_botocore_has_them(folder: Path) -> None:
    """All that AWS may use: https://www.amazontrust.com/repository/"""
    kept = (folder / ROOTS).read_text(encoding="ascii")
    assert kept.count("BEGIN CERTIFICATE") == len(trimmed_botocore.ROOTS) == 5
    known = (Path(botocore.__file__).parent / "cacert.pem").read_text(encoding="utf-8")
    for certificate in re.findall(r"-----BEGIN.+?END CERTIFICATE-----\n", kept, re.DOTALL):
        assert certificate in known


@pytest.mark.parametrize(
    ("partition", "bundle", "trusted"),
    [
        ("aws", None, ROOTS),
        ("aws", "/etc/ours.pem", "/etc/ours.pem"),
        ("aws-cn", None, None),
        ("aws-cn", "/etc/ours.pem", "/etc/ours.pem"),
    ],
)
def test_the_roots_are_for_the_partition_aws_and_a_bundle_of_ones_own_goes_first(
    partition: str, bundle: str | None, trusted: str | None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    if bundle:
        monkeypatch.setenv("AWS_CA_BUNDLE", bundle)
    expected = str(folder / ROOTS) if trusted == ROOTS else trusted
    assert new_session(partition, folder).get_config_variable("ca_bundle") == expected


def test_without_the_folder_everything_is_botocores_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE", raising=False)
    session = new_session("aws", tmp_path / "nowhere")
    assert type(session.get_component("data_loader")) is Loader
    assert session.get_config_variable("ca_bundle") is None
