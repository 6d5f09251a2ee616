"""What a file proves of a function: its role, or what one of its parameters is."""

from __future__ import annotations

from dataclasses import dataclass

_SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Proof:
    """A role of a function, or the class of a parameter.

    `skipped` are the positional arguments that a `partial` gives before those of the role. A proof of a parameter has its
    name in `parameter`. `condition` is a parameter of the proving file (`parameter_key`) that has to be an
    application, or its router, for the proof to hold. A proof of a handler has the path that it answers in `route`,
    where that can be read.
    """

    what: str
    """The name of a role; of a parameter, the canonical name of its class."""
    skipped: int = 0
    parameter: str = ""
    condition: str = ""
    route: str = ""

    def __str__(self) -> str:
        return _SEPARATOR.join((self.what, str(self.skipped), self.parameter, self.condition, self.route))

    @classmethod
    def parse(cls, text: str) -> Proof:
        """Give the proof that `str` gave as this text."""
        what, skipped, parameter, condition, route = text.split(_SEPARATOR, 4)
        return cls(what, int(skipped), parameter, condition, route)


def parameter_key(line: int, column: int, name: str) -> str:
    """Name a parameter within its file, by the place of its function."""
    return f"{line}:{column}:{name}"
