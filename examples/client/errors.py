"""What can go wrong for the callers of the client: two kinds, whatever happened below.

Practices: 8.1, 8.5.
"""

from __future__ import annotations


class ServiceError(Exception):
    """The service was asked and did not give what was asked for."""


class ServiceUnavailableError(ServiceError):
    """It could not be reached, or is known to be down; asking again later may help."""


class ServiceRefusedError(ServiceError):
    """It answered that the request is wrong; asking again will not help.

    `status` is its answer's.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status
