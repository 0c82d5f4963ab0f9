"""The kinds of findings about roles that administer the portal by ``[administrators]`` in the settings."""

from firstday.doctor.findings import ERROR, NOTE, WARNING, Check
from firstday.doctor.needed_actions import DETAILS

SWITCH_ROLE_ADMINISTERS = Check(
    "switch-role-administers",
    ERROR,
    "A role that members switch to has the name of an administrators' role",
    "Members would administer the portal with it, so the portal refuses its sessions.",
    (DETAILS,),
)
ADMINISTRATORS_WITHOUT_MFA = Check(
    "administrators-without-mfa",
    WARNING,
    "A role that administers the portal may be had without MFA",
    "Its sessions reset and offboard members. The portal cannot tell whether MFA was used: the role's trust policy"
    " has to demand it, or to trust nobody but an identity provider that does.",
    (DETAILS,),
)
ADMINISTRATORS_MADE_BY_HAND = Check(
    "administrators-made-by-hand",
    WARNING,
    "A role has the name of one of Identity Center's, and was not made by it",
    "Only Identity Center makes roles under /aws-reserved/, but anybody who may create roles can take such a name"
    " elsewhere, and so become an administrator of the portal.",
    (DETAILS,),
)
ADMINISTRATORS_ROLE = Check(
    "administrators-role",
    NOTE,
    "A role administers the portal besides its own",
    "The settings say so in [administrators]. Whoever gets into it is an administrator.",
    (DETAILS,),
)
ADMINISTRATORS_NOBODY = Check(
    "administrators-nobody",
    NOTE,
    "No role has a name that the settings give administrators",
    "Nobody is an administrator by it, unless somebody makes such a role.",
    (DETAILS,),
)
