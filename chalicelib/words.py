"""Sentences for people, kept apart from their values, so that each surface can say them in its language."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, init=False)
class Words:
    """``template`` is the English sentence, and the catalogue's key, with ``%(name)s`` where ``values`` go."""

    template: str
    values: dict[str, str] = field(hash=False)

    def __init__(self, template: str, **values: object) -> None:
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "values", {name: str(value) for name, value in values.items()})

    def filled(self, **values: object) -> "Words":
        """The same sentence with ``values``."""
        return type(self)(self.template, **values)

    def __str__(self) -> str:
        """The sentence in English."""
        return self.template % self.values


def hours(seconds: float) -> str:
    """As people say it: ``12`` or ``1.5``."""
    return f"{seconds / 3600:g}"
