"""Scheduled rules of EventBridge, by the clock of the embedded AWS.

ministack 1.5.33 has them, but starts them with much else that the sandbox does without, and looks every ten
seconds. However far the clock was moved, each rule that was due fires once: the functions catch up by themselves.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
"""

import logging
import time

from ministack.services import eventbridge

_SECONDS_BETWEEN = 1.0


def fire_for_ever() -> None:
    """Fire each rule as soon as it is due; the sleep ends early when the clock is moved."""
    while True:
        try:
            eventbridge._tick_scheduled_rules()
        except Exception:
            logging.getLogger("ministack").exception("Scheduled rules")
        time.sleep(_SECONDS_BETWEEN)
