"""Whether a statement of an IAM policy means an action and a resource: yes, no, or None if that is not known.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from chalicelib.admin.policy_evaluation.conditions import Answer, Fill, Statement, any_of, like, not_, texts


def is_action(statement: Statement, action: str) -> Answer:
    """Actions are compared without regard to case."""
    for element in ("Action", "NotAction"):
        if element in statement:
            patterns = [text.lower() for text in texts(statement[element])]
            return any(like(pattern, action.lower()) for pattern in patterns) == (element == "Action")
    return None


def is_resource(statement: Statement, arn: str, fill: Fill) -> Answer:
    """``arn`` is "*" for an action that has no resource."""
    for element in ("Resource", "NotResource"):
        if element in statement:
            filled = map(fill, texts(statement[element]))
            answer = any_of(None if pattern is None else like(pattern, arn) for pattern in filled)
            return answer if element == "Resource" else not_(answer)
    return None


def is_every_resource(statement: Statement) -> bool:
    """Whether the statement is for everything, whatever its ARN."""
    return any(set(text) == {"*"} for text in texts(statement.get("Resource", [])))
