"""IAM, as far as the sweeper needs it: virtual MFA devices that are assigned to nobody."""

from chalicelib.aws.errors import translated
from chalicelib.aws.iam import JourneyIAM


class SweepingIAM(JourneyIAM):
    """Every method may raise AWSBusy."""

    def unassigned_devices(self) -> frozenset[str]:
        """The serial numbers of all of the account's; 1,000 a call, and there are as many as users at most."""
        pages = self._client.get_paginator("list_virtual_mfa_devices").paginate(
            AssignmentStatus="Unassigned", PaginationConfig={"PageSize": 1000}
        )
        with translated():
            return frozenset(device["SerialNumber"] for page in pages for device in page["VirtualMFADevices"])
