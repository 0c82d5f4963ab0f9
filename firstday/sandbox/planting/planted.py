"""What was planted, with what is told once only: secret keys, seeds and passwords."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlantedKey:
    """An access key that was issued."""

    access_key_id: str
    secret_access_key: str


@dataclass(frozen=True, slots=True)
class PlantedDevice:
    """A virtual MFA device that is enabled."""

    serial_number: str
    seed: str


@dataclass(frozen=True, slots=True)
class PlantedUser:
    """``password`` is empty if the user has none."""

    account_id: str
    user_name: str
    unique_id: str
    password: str
    keys: tuple[PlantedKey, ...]
    devices: tuple[PlantedDevice, ...]


@dataclass(frozen=True, slots=True)
class Planted:
    """All users, in the order of the file, and how many roles there are."""

    users: tuple[PlantedUser, ...]
    roles: int
