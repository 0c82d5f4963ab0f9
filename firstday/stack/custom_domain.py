"""The portal's custom domain, if the settings have ``[domain]``.

API Gateway's own address goes on working beside it: links sent earlier stay valid, and the portal can
be reached until the DNS record is made. It is not a back door: both ask for the same cookies and signatures.
"""

from chalicelib.settings.records import Domain

Resource = dict[str, object]


def domain_resources(domain: Domain | None) -> dict[str, Resource]:
    """API Gateway's domain, and its mapping to the portal's stage; nothing without a domain."""
    if domain is None:
        return {}
    properties = {
        "DomainName": domain.name,
        "RegionalCertificateArn": domain.certificate_arn,
        "EndpointConfiguration": {"Types": ["REGIONAL"]},
        "SecurityPolicy": "TLS_1_2",
    }
    # SAM's names: the API, and the stage that SAM makes for it.
    mapping = {
        "DomainName": {"Ref": "PortalDomain"},
        "RestApiId": {"Ref": "RestAPI"},
        "Stage": {"Ref": "RestAPI.Stage"},
    }
    return {
        "PortalDomain": {"Type": "AWS::ApiGateway::DomainName", "Properties": properties},
        "PortalDomainMapping": {"Type": "AWS::ApiGateway::BasePathMapping", "Properties": mapping},
    }


def domain_outputs(domain: Domain | None) -> dict[str, Resource]:
    """The portal's address, and the target of its DNS record."""
    if domain is None:
        return {}
    return {
        "PortalURL": {"Value": f"https://{domain.name}"},
        "DNSTarget": {"Value": {"Fn::GetAtt": ["PortalDomain", "RegionalDomainName"]}},
        "DNSTargetZone": {"Value": {"Fn::GetAtt": ["PortalDomain", "RegionalHostedZoneId"]}},
    }
