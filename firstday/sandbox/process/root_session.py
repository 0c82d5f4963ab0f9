"""A boto3 session for the embedded AWS that no AWS setting of the user can lead elsewhere."""

import os
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.loaders import Loader

from firstday.sandbox.aws_keys import RootCredentials

# Name: (configuration key, environment variable, default, conversion).
_NO_SETTINGS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
# What has been read of AWS's service models, for all sessions.
_LOADER = Loader()


class RootSession(boto3.Session):  # type: ignore[misc]  # boto3 ships no types
    """A root user's session whose clients all use the embedded AWS."""

    def __init__(self, root: RootCredentials, *, region: str, endpoint_url: str) -> None:
        core = botocore.session.Session(session_vars=_NO_SETTINGS)
        core.set_default_client_config(Config(proxies={}))
        core.register_component("data_loader", _LOADER)
        super().__init__(
            aws_access_key_id=root.access_key_id,
            aws_secret_access_key=root.secret_access_key,
            region_name=region,
            botocore_session=core,
        )
        self._endpoint_url = endpoint_url

    def client(self, *arguments: Any, **options: Any) -> Any:
        """A client of the embedded AWS."""
        return super().client(*arguments, **{"endpoint_url": self._endpoint_url, **options})

    def resource(self, *arguments: Any, **options: Any) -> Any:
        """A resource of the embedded AWS."""
        return super().resource(*arguments, **{"endpoint_url": self._endpoint_url, **options})
