"""The deployment package of the portal, and how it is made."""

import hashlib
import json
import marshal
import re
import shutil
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chalice.config import Config

from chalicelib.settings.reader import load, read_settings
from chalicelib.settings.records import RUNTIMES
from firstday import bundle, packaging
from firstday.packaging import Package, PackagingError, build, merge
from firstday.runtimes import this_python
from firstday.stack import function_policies
from firstday.stack.firewall import REQUESTS, SECONDS
from firstday.stack.templates import STAGE
from firstday.stack.throttling import SIGNED, STEP, STEPS, UNSIGNED
from firstday.template_compiler import SUFFIXES
from tests.helpers.cfn_lint import findings
from tests.helpers.deployed_package import DeployedPackage
from tests.helpers.settings_makers import example_settings, example_values

PROJECT = Path(__file__).parents[2]
SETTINGS = example_settings()
DOMAIN = {
    "name": "portal.example.com",
    "certificate_arn": "arn:aws:acm:ap-northeast-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
}
MAIL = {
    "from": "Example Corp AWS <aws-portal@example.com>",
    "identity_arn": "arn:aws:ses:ap-northeast-1:123456789012:identity/example.com",
}
SMALL_APP = """
from chalice import Chalice, IAMAuthorizer
from chalicelib.words import HELLO

app = Chalice("firstday")

@app.route("/start")
def start():
    return HELLO

@app.route("/admin/members", authorizer=IAMAuthorizer())
def members():
    return []
"""

# Imports the app, and returns what was not compiled.
PROGRAM = """
import sys
from importlib.util import cache_from_source
from pathlib import Path
import app, jinja2.ext, qrcode
files = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
sources = [file for file in files if file.startswith(package) and file.endswith(".py")]
answer = [file for file in sources if not Path(cache_from_source(file)).exists()]
"""


def small_project(folder: Path) -> Path:
    project = folder / "small"
    (project / "chalicelib").mkdir(parents=True)
    (project / "templates").mkdir()
    (project / "vendor").mkdir()
    (project / "app.py").write_text(SMALL_APP)
    (project / "chalicelib" / "__init__.py").write_text("")
    (project / "chalicelib" / "words.py").write_text('HELLO = "hello"\n')
    (project / "templates" / "start.html").write_text("<h1>Hello</h1>")
    (project / "vendor" / "templates").symlink_to("../templates")
    shutil.copyfile(PROJECT / "firstday.toml", project / "vendor" / "firstday.toml")
    (project / "requirements.txt").write_text("# nothing\n")
    shutil.copytree(PROJECT / ".chalice", project / ".chalice", ignore=shutil.ignore_patterns("deployments"))
    return project


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A project like the portal, but with almost nothing in it."""
    return small_project(tmp_path)


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, packaged only once."""
    return small_project(tmp_path_factory.mktemp("unchanged"))


def names(zip_path: Path) -> list[str]:
    with zipfile.ZipFile(zip_path) as packed:
        return packed.namelist()


def test_the_package_is_small(package: Package) -> None:
    assert package.zip_path.stat().st_size <= 1_000_000


def test_all_that_the_portal_needs_is_in_the_package(package: Package) -> None:
    packed = names(package.zip_path)
    assert {"app.py", "firstday.json", "chalice/app.pyc", "chalicelib/settings/reader.pyc"} <= set(packed)
    used = [path for path in (PROJECT / "templates").rglob("*") if path.is_file() and path.suffix not in SUFFIXES]
    assert {path.relative_to(PROJECT).as_posix() for path in used} == {
        name for name in packed if name.startswith("templates/")
    }
    assert [name for name in packed if name.endswith(".mo")]


def test_nothing_else_is_in_the_package(package: Package) -> None:
    packed = names(package.zip_path)
    assert {name.split("/")[0].split("-")[0] for name in packed} == {
        "__pycache__",
        "app.py",
        "botocore_data",
        "chalice",
        "chalicelib",
        "compiled_templates",
        "firstday.json",
        "jinja2",
        "markupsafe",
        "qrcode",
        "templates",
    }
    assert not [name for name in packed if "/tests/" in name or name.endswith((".po", ".pyi", ".c"))]
    assert not [name for name in packed if name.startswith("chalice/") and "app" not in name and "init" not in name]


@pytest.mark.parametrize("name", ["firstday.toml", "examples/brownfield.toml"])
@pytest.mark.parametrize("begins", ["", "\ufeff", 'time_zone = "Asia/Tokyo"\nmaximum_concurrency = 0\n'])
@pytest.mark.parametrize("ends", ["", "".join(f'\n{key} = "{value}"' for key, value in MAIL.items())])
def test_the_settings_are_the_same_in_the_package(name: str, begins: str, ends: str, tmp_path: Path) -> None:
    written = tmp_path / "firstday.toml"
    text = (PROJECT / name).read_text("utf-8")
    written.write_text(f"{begins}{text}\n{'[mail]' if ends else ''}{ends}\n", "utf-8")
    before = load(written)
    bundle.write_settings(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["firstday.json"]
    assert load(tmp_path / "firstday.json") == before


def test_the_package_runs_by_itself_and_everything_in_it_is_compiled_beforehand(
    deployed_copy: DeployedPackage,
) -> None:
    assert deployed_copy.run(PROGRAM) == []


def test_cfn_lint_finds_nothing_in_the_portals_template(package: Package) -> None:
    assert findings(package.template, SETTINGS.region) == []


def test_the_memory_is_enough_and_the_timeout_is_shorter_than_that_of_api_gateway(package: Package) -> None:
    resources: Any = package.template["Resources"]
    function = resources["APIHandler"]["Properties"]
    assert function["MemorySize"] == 512  # docs/performance.md tells why
    assert function["Timeout"] < 29
    assert function["Tracing"] == "PassThrough"


def test_exactly_the_admin_routes_and_the_members_own_routes_ask_for_a_signature(package: Package) -> None:
    resources: Any = package.template["Resources"]
    paths = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    for path, methods in paths.items():
        is_signed = path.startswith(("/admin/", "/member/"))
        for method in methods.values():
            assert method.get("security") == ([{"sigv4": []}] if is_signed else None), path
    own = {path: set(methods) for path, methods in paths.items() if path.startswith("/member/")}
    assert own == {"/member/link": {"post"}, "/member/config": {"get"}, "/member/merge-config.sh": {"get"}}


def limits(package: Package) -> dict[tuple[str, str], tuple[int, int]]:
    """Rate and burst of each method of the API, as its stage has them."""
    resources: Any = package.template["Resources"]
    api = resources["RestAPI"]["Properties"]
    settings = {
        (each["HttpMethod"], each["ResourcePath"]): (each["ThrottlingRateLimit"], each["ThrottlingBurstLimit"])
        for each in api["MethodSettings"]
    }
    paths = api["DefinitionBody"]["paths"]
    methods = [(name.upper(), path) for path, methods in paths.items() for name in methods]
    written = {method: (method[0], "/" + method[1].replace("/", "~1")) for method in methods}
    assert settings.keys() <= {("*", "/*"), *written.values()}, "a limit for what is not there"
    return {method: settings.get(key, settings["*", "/*"]) for method, key in written.items()}


def test_requests_are_throttled_and_their_bodies_never_logged(package: Package) -> None:
    resources: Any = package.template["Resources"]
    for setting in resources["RestAPI"]["Properties"]["MethodSettings"]:
        assert (setting["DataTraceEnabled"], setting["LoggingLevel"]) == (False, "OFF")
    found = limits(package)
    signed = {method: limit for method, limit in found.items() if method[1].startswith(("/admin/", "/member/"))}
    assert set(signed.values()) == {(20, 50)}
    assert {method for method, (rate, _) in found.items() if rate > 2} == {*STEPS, *signed}


def test_two_hundred_members_take_a_step_within_ten_seconds(package: Package) -> None:
    found = limits(package)
    for step in STEPS:
        rate, burst = found[step]
        assert rate * 10 >= 200, step
        assert burst >= 200, step


def test_the_documents_tell_what_a_flood_can_be_and_cost(package: Package) -> None:
    rates = [
        rate for (_, path), (rate, _) in limits(package).items() if not path.startswith(("/admin", "/member/"))
    ]
    millions = sum(rates) * 30 * 24 * 3600 / 1e6
    resources: Any = package.template["Resources"]
    gigabytes = resources["APIHandler"]["Properties"]["MemorySize"] / 1024
    gateway, function = millions * 3.50, millions * (0.20 + 1e6 * 0.1 * gigabytes * 0.0000166667)
    assert (
        f"The {len(rates)} methods that need no signature let {sum(rates)} requests a second through, "
        f"all together: "
        f"{millions:.0f} million in a month of it, {gateway:,.0f} USD for API Gateway "
        f"and, at 0.1 seconds, {function:,.0f} USD for Lambda; {(gateway + function) / 30:.0f} USD a day."
    ) in document("costs")
    firewall = f"{REQUESTS:,} requests in the last five minutes"
    assert SECONDS == 5 * 60
    assert firewall in document("settings")
    assert f"with `firewall = true`, {REQUESTS:,} in five minutes from one address" in document("threat-model")
    told = f"{STEP.rate} requests a second for each step of the members, {UNSIGNED.rate} for any other page"
    assert told in document("threat-model")
    assert f"beyond {SIGNED.rate} requests a second of one method" in document("administration")


def document(name: str) -> str:
    """Its text, in one line."""
    return " ".join((PROJECT / "docs" / f"{name}.md").read_text(encoding="utf-8").split())


def test_the_lambda_role_has_exactly_the_portals_policy(package: Package) -> None:
    resources: Any = package.template["Resources"]
    (policy,) = resources["ApiHandlerRole"]["Properties"]["Policies"]
    assert policy["PolicyDocument"] == function_policies.portal_lambda()


@pytest.mark.parametrize("logical_id", ["Sweeper", "KeyRetirement", "Census", "Suspension", "AuditWatcher"])
def test_another_function_is_in_the_package_and_loads_neither_chalice_nor_a_page(
    logical_id: str, package: Package, tmp_path: Path
) -> None:
    resources: Any = package.template["Resources"]
    module, _, function = resources[logical_id]["Properties"]["Handler"].rpartition(".")
    with zipfile.ZipFile(package.zip_path) as packed:
        packed.extractall(tmp_path)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from {module} import {function};"
        " print([name for name in sys.modules"
        "        if name.startswith(('app', 'chalice.', 'chalicelib.web', 'jinja2', 'botocore.client'))])"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.stdout.strip(), ran.stderr) == ("[]", "")


def test_the_policy_file_of_chalice_is_current() -> None:
    config = json.loads((PROJECT / ".chalice" / "config.json").read_text())
    path = PROJECT / ".chalice" / config["stages"][STAGE]["iam_policy_file"]
    assert config["stages"][STAGE]["autogen_policy"] is False
    assert json.loads(path.read_text()) == function_policies.portal_lambda(), (
        "write it again from function_policies.portal_lambda()"
    )


ODD: list[dict[str, object]] = [
    {"region": "cn-north-1"},
    {"region": "cn-north-1", "firewall": True, "runtime": RUNTIMES[-1]},
    {"region": "us-gov-west-1", "languages": ["en"]},
    {"organisation": "例 & <Söhne>", "contact": "$x #y"},
    {"alarm_email": "aws-alarms@example.com", "audit_event_bus": "default", "maximum_concurrency": 50},
    {"audit_event_bus": "arn:aws:events:ap-northeast-1:123456789012:event-bus/security"},
    {"accounts": {"dev": "123456789012", "stg": "000000000000"}, "identity_account": "000000000000"},
    {"domain": DOMAIN, "tags": {"CostCenter": "1234"}, "maximum_concurrency": 0},
    {"mail": MAIL, "alarm_email": "aws-alarms@example.com"},
    {"mail": MAIL | {"configuration_set": "mail-of-ours"}, "domain": DOMAIN},
    {"mail": MAIL | {"identity_arn": MAIL["identity_arn"].replace("ap-northeast-1", "us-east-1")}},
    {"access_key_days": 90},
    {
        "domain": DOMAIN,
        "alarm_email": "aws-alarms@example.com",
        "audit_event_bus": "default",
        "firewall": True,
        "mail": MAIL,
        "access_key_days": 90,
    },
    {
        "domain": DOMAIN,
        "credentials": ["aws-login", "none"],
        "console_password": True,
        "maximum_concurrency": 50,
        "firewall": True,
    },
]


# Another stage is another name only, so that is tried where most else is there.
@pytest.mark.parametrize(
    ("changes", "stage"), [*((changes, STAGE) for changes in ODD), *((changes, "test") for changes in ODD[-2:])]
)
def test_cfn_lint_finds_nothing_in_the_template_of_odd_organisations(
    changes: dict[str, object], stage: str, unchanged: Path, tmp_path: Path
) -> None:
    values = example_values() | changes
    values["groups"] = values["groups"][:1]
    settings = read_settings(values)
    package = build(unchanged, settings, tmp_path, stage=stage)
    assert findings(package.template, settings.region) == []


def test_what_is_written_is_what_is_returned(unchanged: Path, tmp_path: Path) -> None:
    package = build(unchanged, SETTINGS, tmp_path / "out")
    assert package.zip_path == tmp_path / "out" / "deployment.zip"
    assert json.loads((tmp_path / "out" / "template.json").read_text()) == package.template


def test_the_same_files_make_the_same_zip_and_the_same_list_of_components(small: Path, tmp_path: Path) -> None:
    first = build(small, SETTINGS, tmp_path / "first")
    before = first.zip_path.read_bytes(), first.sbom_path.read_bytes()
    shutil.rmtree(small / ".cache")
    second = build(small, SETTINGS, tmp_path / "second")
    assert (second.zip_path.read_bytes(), second.sbom_path.read_bytes()) == before


def test_another_folder_makes_the_same_zip(small: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "a" / "longer way" / "down"
    shutil.copytree(small, elsewhere, symlinks=True)
    for path in elsewhere.rglob("*.py"):
        path.touch()
    first = build(small, SETTINGS, tmp_path / "first").zip_path.read_bytes()
    assert build(elsewhere, SETTINGS, tmp_path / "second").zip_path.read_bytes() == first


def test_nothing_is_packaged_again_while_nothing_changes(small: Path, tmp_path: Path) -> None:
    first = build(small, SETTINGS, tmp_path / "first")
    made = list((small / ".cache" / "packages").iterdir())
    # Files that the file system adds by itself make no difference.
    (small / "chalicelib" / "__pycache__").mkdir()
    (small / "chalicelib" / "__pycache__" / "words.cpython-311.pyc").write_bytes(b"stale")
    assert build(small, SETTINGS, tmp_path / "second").zip_path.read_bytes() == first.zip_path.read_bytes()
    assert list((small / ".cache" / "packages").iterdir()) == made


def test_a_renamed_template_ships_under_its_new_name_only(small: Path, tmp_path: Path) -> None:
    build(small, SETTINGS, tmp_path / "first")
    (small / "templates" / "start.html").rename(small / "templates" / "begin.html")
    with zipfile.ZipFile(build(small, SETTINGS, tmp_path / "second").zip_path) as packed:
        assert [*marshal.loads(packed.read("compiled_templates/.bin"))] == ["begin.html"]  # noqa: S302


@pytest.mark.parametrize(
    "name",
    [
        ".DS_Store",
        ".#iam.py",
        "#iam.py#",
        "iam.py~",
        ".iam.py.swp",
        "iam.py.orig",
        "Thumbs.db",
        "desktop.ini",
        "._iam.py",
        "~$iam.html",
        "iam (1).py",
        "iam - Copy.py",
        "iam.sync-conflict-20261129-101500-ABCDEFG.py",
        "iam のコピー.py",
    ],
)
def test_what_editors_and_file_managers_leave_beside_the_sources_changes_nothing(name: str, small: Path) -> None:
    for folder in ("chalicelib", "vendor"):
        (small / folder / name).symlink_to("nobody@nowhere.1234")  # as Emacs marks a file that is being edited
    (small / "chalicelib" / ".idea").mkdir()
    (small / "chalicelib" / ".idea" / "hidden.py").write_text("broken")
    shipped = [file for file, _ in packaging._inputs(small)]
    assert "chalicelib/__init__.py" in shipped
    assert not [file for file in shipped if name in file or "hidden" in file]


def test_packaging_leaves_the_project_as_it_was(small: Path, tmp_path: Path) -> None:
    before = sorted(small.rglob("*"))
    build(small, SETTINGS, tmp_path / "out")
    assert [path for path in sorted(small.rglob("*")) if ".cache" not in path.parts] == before


def test_an_app_that_cannot_be_imported_is_explained(small: Path, tmp_path: Path) -> None:
    (small / "app.py").write_text("import nowhere\n")
    with pytest.raises(PackagingError, match="Chalice could not make the package") as caught:
        build(small, SETTINGS, tmp_path / "out")
    assert "nowhere" in str(caught.value)
    assert list((small / ".cache" / "packages").iterdir()) == []


def test_a_requirement_that_cannot_be_installed_is_explained(small: Path, tmp_path: Path) -> None:
    (small / "requirements.txt").write_text("./missing-1.0-py3-none-any.whl\n")
    with pytest.raises(PackagingError, match="pip could not make the package") as caught:
        build(small, SETTINGS, tmp_path / "out")
    assert "missing-1.0" in str(caught.value)


def wheel(folder: Path) -> Path:
    """A package of one empty module, as PyPI could have it."""
    path = folder / "thing-1.0-py3-none-any.whl"
    notes = {
        "METADATA": "Metadata-Version: 2.4\nName: thing\nVersion: 1.0\nLicense-Expression: MIT\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "RECORD": "thing.py,,\n",
    }
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("thing.py", "")
        for name, text in notes.items():
            packed.writestr(f"thing-1.0.dist-info/{name}", text)
    return path


def test_a_requirement_is_taken_with_the_hash_that_is_pinned_and_no_other(small: Path, tmp_path: Path) -> None:
    path = wheel(tmp_path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    requirement = f"thing @ {path.as_uri()}"
    (small / "requirements.txt").write_text(f"{requirement} --hash=sha256:{digest}\n")
    package = build(small, SETTINGS, tmp_path / "right")
    assert "thing.pyc" in names(package.zip_path)
    (thing,) = [each for each in components(package) if each["name"] == "thing"]
    assert thing["hashes"] == [{"alg": "SHA-256", "content": digest}]
    path.write_bytes(path.read_bytes() + b"tampered")
    (small / "requirements.txt").write_text(f"{requirement} --hash=sha256:{digest} # again\n")
    with pytest.raises(PackagingError, match="DO NOT MATCH THE HASHES"):
        build(small, SETTINGS, tmp_path / "wrong")
    (small / "requirements.txt").write_text(f"{requirement}\n")
    with pytest.raises(PackagingError, match="Hashes are required in --require-hashes mode"):
        build(small, SETTINGS, tmp_path / "none")


def components(package: Package) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(package.sbom_path.read_text())["components"]
    return found


def test_what_is_in_the_package_is_listed_with_licence_and_hash(package: Package) -> None:
    document = json.loads(package.sbom_path.read_text())
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    digest = hashlib.sha256(package.zip_path.read_bytes()).hexdigest()
    assert document["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": digest}]
    pinned = dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", (PROJECT / "requirements.txt").read_text(), re.MULTILINE))
    listed = {each["name"].lower(): each for each in document["components"]}
    assert {name: each["version"] for name, each in listed.items() if name != "chalice"} == pinned
    hashes = (PROJECT / "requirements.txt").read_text()
    for name, each in listed.items():
        assert each["purl"] == f"pkg:pypi/{name}@{each['version']}"
        assert each["licenses"]
        assert name == "chalice" or f"sha256:{each['hashes'][0]['content']}" in hashes
    folders = {name.split("/")[0] for name in names(package.zip_path)}
    assert set(listed) <= folders
    ours = {
        "__pycache__",
        "app.py",
        "botocore_data",
        "chalicelib",
        "compiled_templates",
        "firstday.json",
        "templates",
    }
    assert {name for name in folders - ours if not name.endswith(".dist-info")} == set(listed), "nothing else"


def test_what_the_makefile_installs_from_an_index_is_installed_with_hashes() -> None:
    makefile = (PROJECT / "Makefile").read_text()
    assert makefile.count("pip install") == 1
    assert "LOCKED = --require-hashes --only-binary :all: --no-deps\n" in makefile
    assert re.findall(r"@\$\(INSTALL\) (.*?)(?: >&2)?\n", makefile) == [
        "$(LOCKED) -r requirements-sandbox.txt",
        "--no-deps --no-build-isolation -e .",
        "$(LOCKED) -r requirements-dev.txt",
    ]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-sandbox.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_with_hashes_and_names_no_index(name: str) -> None:
    text = (PROJECT / name).read_text()
    assert "://" not in text
    for requirement in re.findall(r"^[a-z].*(?:\n {4}--hash.*)*", text, re.MULTILINE):
        assert re.match(r"[a-z0-9-]+==[^ ]+ (; .* )?\\\n    --hash=sha256:[0-9a-f]{64}", requirement), requirement


@pytest.mark.parametrize("name", ["templates", "firstday.toml"])
def test_a_checkout_without_links_is_refused_with_the_remedy(name: str, small: Path, tmp_path: Path) -> None:
    """Git on Windows, unless told otherwise, writes a link as a text file with its target."""
    (small / "vendor" / name).unlink(missing_ok=True)
    (small / "vendor" / name).write_text(f"../{name}")
    with pytest.raises(PackagingError, match=rf"vendor/{name} has to be a link.*git config core\.symlinks true"):
        build(small, SETTINGS, tmp_path / "out")


def other_runtime() -> str:
    """A runtime that Lambda has, other than this Python."""
    return next(name for name in RUNTIMES[::-1] if name != this_python().runtime)


def test_for_another_runtime_the_package_goes_without_bytecode_and_with_wheels_for_it(tmp_path: Path) -> None:
    runtime = other_runtime()
    found = build(PROJECT, replace(SETTINGS, runtime=runtime), tmp_path)
    packed = names(found.zip_path)
    assert not [name for name in packed if name.endswith((".pyc", ".bin"))]
    assert {"chalice/app.py", "jinja2/environment.py", "chalicelib/settings/reader.py"} <= set(packed)
    (built,) = [name for name in packed if name.endswith(".so")]
    assert built.startswith(f"markupsafe/_speedups.cpython-{runtime.removeprefix('python').replace('.', '')}-")
    resources: Any = found.template["Resources"]
    functions = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::Serverless::Function"]
    assert {one["Runtime"] for one in functions} == {runtime}


def test_every_function_runs_on_the_python_that_has_compiled_the_package(package: Package) -> None:
    resources: Any = package.template["Resources"]
    functions = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::Serverless::Function"]
    assert {one["Runtime"] for one in functions} == {this_python().runtime}
    assert Config().lambda_python_version == this_python().runtime, "as Chalice calls it"


def test_naming_the_runtime_that_it_is_anyway_changes_nothing(unchanged: Path, tmp_path: Path) -> None:
    named = build(unchanged, replace(SETTINGS, runtime=this_python().runtime), tmp_path / "named")
    assert named.zip_path.read_bytes() == build(unchanged, SETTINGS, tmp_path / "not").zip_path.read_bytes()


def test_templates_are_merged_table_by_table() -> None:
    below = {"a": {"b": 1, "c": [1]}, "d": 1}
    assert merge(below, {"a": {"b": 2, "e": [2]}}) == {"a": {"b": 2, "c": [1], "e": [2]}, "d": 1}
    assert below == {"a": {"b": 1, "c": [1]}, "d": 1}


def test_two_lists_at_the_same_place_are_not_merged_silently() -> None:
    with pytest.raises(ValueError, match=r"Both templates have a list at a\.c\."):
        merge({"a": {"c": [1]}}, {"a": {"c": [2]}})
