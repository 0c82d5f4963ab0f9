"""``?versionId=`` in a TemplateURL: ministack 1.5.33 always takes the object's newest version.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-overview.html
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from ministack.services import s3
from ministack.services.cloudformation import helpers

_resolve_document = helpers._resolve_document


def install() -> None:
    """Wrap the function that reads templates."""
    helpers._resolve_document = _resolve


def _resolve(params: Any, body_key: str, url_key: str, label: str) -> Any:
    address = urlsplit(helpers._p(params, url_key) or "")
    version_id = parse_qs(address.query).get("versionId")
    if not version_id:
        return _resolve_document(params, body_key, url_key, label)
    bucket, _, key = address.path.lstrip("/").partition("/")
    content = s3._get_object_data(bucket, key, version_id[0])
    if content is None:
        return None, helpers._error("ValidationError", f"{label} not found at {address.geturl()}")
    return content.decode(), None
