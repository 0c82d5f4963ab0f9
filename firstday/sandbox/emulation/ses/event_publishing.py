"""Events go to the topics of the mail's configuration set, if these let SES publish.

https://docs.aws.amazon.com/ses/latest/dg/configure-sns-notifications.html, and for the policy of the topic
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-add-event-destination-sns.html
"""

import json
import logging
import threading
from collections.abc import Iterable
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import ses_v2, sns

Record = dict[str, Any]
_SUBJECT = "Amazon SES Email Event Notification"
# SES answers first; its events come when the mail was on its way.
_SECONDS_LATER = 0.3


def publish(set_name: str, events: Iterable[Record]) -> None:
    """Publish them a little later."""
    account_id, region, found = get_account_id(), get_region(), list(events)

    def published() -> None:
        with request_scope(account_id, region):
            for event in found:
                for topic_arn in _topics(set_name, event["eventType"]):
                    _publish(topic_arn, set_name, event)

    later = threading.Timer(_SECONDS_LATER, published)
    later.daemon = True
    later.start()


def _topics(set_name: str, event_type: str) -> list[str]:
    destinations = (ses_v2._config_sets.get(set_name) or {}).get("EventDestinations") or {}
    return [
        one["SnsDestination"]["TopicArn"]
        for one in destinations.values()
        if one["Enabled"] and event_type.upper() in one["MatchingEventTypes"] and one.get("SnsDestination")
    ]


def _publish(topic_arn: str, set_name: str, event: Record) -> None:
    if may_publish(topic_arn, set_name):
        sns.publish_internal(topic_arn, json.dumps(event), _SUBJECT)
    else:
        logging.getLogger("ministack").warning("The policy of %s does not let SES publish.", topic_arn)


def may_publish(topic_arn: str, set_name: str) -> bool:
    """Whether the topic's policy lets SES publish the events of this set."""
    topic = sns._topic_by_arn_any_scope(topic_arn)
    set_arn = f"arn:aws:ses:{get_region()}:{get_account_id()}:configuration-set/{set_name}"
    policy = (topic or {}).get("attributes", {}).get("Policy")
    return bool(policy) and service_may(policy, "ses.amazonaws.com", "sns:Publish", topic_arn, set_arn)


def service_may(policy: Any, service: str, action: str, resource_arn: str, source_arn: str) -> bool:
    """Whether a resource's policy lets an AWS service, by its name, do this on behalf of ``source_arn``.

    ministack's default policy of a topic lets everybody publish; AWS's is for the topic's account only.
    """
    document = json.loads(policy) if isinstance(policy, str) else policy
    statements = [
        one
        for one in document["Statement"]
        if one["Effect"] == "Deny" or iam_evaluator._service_principal_matches(one.get("Principal"), service)
    ]
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource_arn,
        region=get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": source_arn.split(":")[4]},
    )
    narrowed = {**document, "Statement": statements}
    return bool(iam_evaluator.evaluate_resource_policy(narrowed, context, service=service).decision == "Allow")
