"""Functions that only look at a request: one that no server received is enough, and quick.

A handler is another matter: called with such a request it goes past its route and its middlewares.

Practices: 12.3.
"""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from ..service.negotiation import chosen_type
from ..service.validation import query_number

OFFERED = ("application/json", "text/csv")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/json"),
        ("text/*", "text/csv"),
        ("application/json;q=0.5, text/csv", "text/csv"),
        ("text/csv;q=0, */*", "application/json"),
    ],
)
def test_the_type_that_is_liked_best(accept: str, expected: str) -> None:
    request = make_mocked_request("GET", "/", headers={"Accept": accept})
    assert chosen_type(request, OFFERED) == expected


def test_a_type_that_is_not_there() -> None:
    request = make_mocked_request("GET", "/", headers={"Accept": "image/png"})
    with pytest.raises(web.HTTPNotAcceptable):
        chosen_type(request, OFFERED)


def test_numbers_of_the_query_string() -> None:
    assert query_number(make_mocked_request("GET", "/?limit=7"), "limit", default=20, most=100) == 7
    assert query_number(make_mocked_request("GET", "/"), "limit", default=20, most=100) == 20
    with pytest.raises(web.HTTPBadRequest):
        query_number(make_mocked_request("GET", "/?limit=101"), "limit", default=20, most=100)
