"""What a user's request tells policies about MFA.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
"""

from chalicelib.admin.policy_evaluation.conditions import Context, Statement, conditions

PRESENT, AGE = "aws:multifactorauthpresent", "aws:multifactorauthage"
# A code of this very request, or a session that was obtained with one just now.
WITH_MFA: Context = {PRESENT: "true", AGE: "0"}
# An access key's request lacks the key; that of a session may say "false".
KEY_WITHOUT_MFA: Context = {PRESENT: None, AGE: None}
SESSION_WITHOUT_MFA: Context = {PRESENT: "false", AGE: None}
WITHOUT_MFA: tuple[Context, ...] = (KEY_WITHOUT_MFA, SESSION_WITHOUT_MFA)


def with_mfa_of(age: int) -> Context:
    """A session that was obtained with a code ``age`` seconds ago."""
    return {PRESENT: "true", AGE: str(age)}


def depends_on_mfa(statement: Statement) -> bool:
    """Whether a condition of the statement is about MFA."""
    return any(key in (PRESENT, AGE) for _, key, _ in conditions(statement))
