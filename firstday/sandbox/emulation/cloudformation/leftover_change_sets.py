"""All change sets of a stack go when one is executed; ministack 1.5.33 leaves those of a stack only planned so far.

It gives the stack a new id with each of them; AWS does not.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
"""

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets


def install() -> None:
    """Replace the function that should delete the other change sets."""
    changesets._drop_other_change_sets = _drop_others


def _drop_others(_stack_id: str, executed: str) -> None:
    found = cloudformation._change_sets
    name = found[executed]["StackName"]
    for change_set_id in [each for each in found if found[each]["StackName"] == name and each != executed]:
        found.pop(change_set_id, None)
