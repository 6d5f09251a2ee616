"""The upstream server of a proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .upstream import Upstream, run_upstream

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with run_upstream() as upstream:
        yield upstream
