"""AWS WAF before the portal's stage, if the settings have ``firewall = true``.

One rule: an address that sends too many requests is refused until it sends fewer. A training room is one address,
so the limit is high. The firewall guards the stage, and so also a custom domain.
https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
"""

Resource = dict[str, object]

# 200 members behind one address, with 30 requests each.
REQUESTS = 6000
SECONDS = 300
STAGE_ARN = "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${RestAPI}/stages/${RestAPI.Stage}"


def firewall_resources(*, is_wanted: bool) -> dict[str, Resource]:
    """The web ACL, and its association with the stage; empty without ``firewall``."""
    if not is_wanted:
        return {}
    limit = {"Limit": REQUESTS, "EvaluationWindowSec": SECONDS, "AggregateKeyType": "IP"}
    rule = {
        "Name": "TooManyRequests",
        "Priority": 0,
        "Statement": {"RateBasedStatement": limit},
        "Action": {"Block": {}},
        "VisibilityConfig": _visible("TooManyRequests"),
    }
    properties = {
        "Description": "Firstday: refuses an address that asks for too much",
        "Scope": "REGIONAL",
        "DefaultAction": {"Allow": {}},
        "Rules": [rule],
        "VisibilityConfig": _visible("Firewall"),
    }
    # RestAPI.Stage is SAM's name for the stage that it makes: the association waits for it.
    association = {"ResourceArn": {"Fn::Sub": STAGE_ARN}, "WebACLArn": {"Fn::GetAtt": ["Firewall", "Arn"]}}
    return {
        "Firewall": {"Type": "AWS::WAFv2::WebACL", "Properties": properties},
        "FirewallOfStage": {"Type": "AWS::WAFv2::WebACLAssociation", "Properties": association},
    }


def _visible(name: str) -> Resource:
    # No sampled requests: they show cookies to everybody who may look at the firewall.
    return {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": True, "MetricName": f"Firstday{name}"}
