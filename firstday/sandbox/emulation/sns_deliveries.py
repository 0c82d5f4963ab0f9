"""SNS invokes a function only if the function's policy lets that topic; ministack 1.5.33 does not ask.

https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
"""

import logging
from typing import Any

from ministack.services import lambda_svc, sns

from firstday.sandbox.emulation.ses.event_publishing import service_may

_deliver_to_lambda = sns._deliver_to_lambda


def install() -> None:
    """Wrap the delivery."""
    sns._deliver_to_lambda = _deliver


def _deliver(endpoint: str, envelope: str, topic_arn: str, *arguments: Any) -> None:
    function, _, _ = lambda_svc._get_func_record_for_ref(endpoint)
    policy = (function or {}).get("policy")
    if policy and service_may(policy, "sns.amazonaws.com", "lambda:InvokeFunction", endpoint, topic_arn):
        _deliver_to_lambda(endpoint, envelope, topic_arn, *arguments)
    else:
        logging.getLogger("ministack").warning("The policy of %s does not let %s invoke it.", endpoint, topic_arn)
