"""Paths as `route_patterns` reads them, held against aiohttp's own router."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from aiohttp_lint.semantics.route_patterns import covers, keys, matched_text, problem, url_arguments

PATHS = [
    "", "/", "users", "*", "/u/{id}", r"/u/{id:\d+}", r"/y/{year:\d{4}}-{month:[01]\d}", "/t/{tail:.*?}", "/t/{tail:.+}",
    "/x/{id:(?P<z>x)}", "/{a}/{b}", "/{a}/{a}", "/{user-id}", "/{}", "/{id", "/id}", "/{ id }", "/{id :x}", "/{id:[}",
    "/{id:}", "/{1a}", "/{a:{1}", "/{n:(?:a|b)#?}", "/a{b}c", "/{a}{b:c}", "/ü/{ü}", "/%20/{a}",
]  # fmt: skip


async def answer(request: web.Request) -> web.Response:
    return web.Response()


def resource(path: str) -> web.Resource | None:
    try:
        return web.UrlDispatcher().add_resource(path)
    except ValueError:
        return None


@pytest.mark.parametrize("path", PATHS)
def test_errors_are_those_of_aiohttp(path: str) -> None:
    found = problem(path)
    assert (found is not None and found.is_error) == (resource(path) is None)


@pytest.mark.parametrize("path", PATHS)
def test_repaired_paths_can_be_registered(path: str) -> None:
    found = problem(path)
    if found is not None and found.repaired is not None:
        assert resource(found.repaired) is not None
        assert problem(found.repaired) is None


@pytest.mark.parametrize("path", PATHS)
def test_keys_and_arguments_are_those_of_aiohttp(path: str) -> None:
    registered = resource(path)
    if isinstance(registered, web.DynamicResource):
        assert keys(path) == set(registered.get_info()["pattern"].groupindex)
        names = url_arguments(path)
        assert names is not None
        registered.url_for(**dict.fromkeys(names, "5"))
        for name in names:
            with pytest.raises(KeyError):
                registered.url_for(**dict.fromkeys(names - {name}, "5"))


def test_names_of_variables_make_no_difference() -> None:
    assert matched_text("/u/{id}/edit") == matched_text("/u/{name}/edit")
    assert matched_text(r"/u/{id:\d+}") != matched_text("/u/{id}")
    assert matched_text("/u/{id") is None


@pytest.mark.parametrize(
    ("path", "repaired"),
    [
        ("/a/<int:id>", r"/a/{id:\d+}"),
        ("/a/<id>", "/a/{id}"),
        ("/a/{id:int}", r"/a/{id:\d+}"),
        ("/a/{p:path}", "/a/{p:.+}"),
        ("/a/{name:str}", "/a/{name}"),
        ("/a/:id/b", "/a/{id}/b"),
        (r"/a/{id: \d+}", r"/a/{id:\d+}"),
        ("/a?b=1", None),
        ("/a#b", None),
    ],
)
def test_paths_that_never_match(path: str, repaired: str | None) -> None:
    found = problem(path)
    assert found is not None
    assert not found.is_error
    assert found.repaired == repaired


@pytest.mark.parametrize(
    "path", ["/v1/x:send", "/a/12:30", "/a<b", "/{t:.*?}", r"/{n:\#\?}", "/a/{x:integer}"]
)
def test_paths_that_are_left_alone(path: str) -> None:
    assert problem(path) is None


_SEGMENT = st.sampled_from(
    ["a", "b", "{x}", "{y}", r"{n:\d+}", "{w:[ab]+}", "{t:.*}", "{r:.+}", "pre{x}", "5", ""]
)
_PATH = st.lists(_SEGMENT, min_size=1, max_size=3).map(lambda segments: "/" + "/".join(segments))
_REQUEST = st.lists(
    st.sampled_from(["a", "b", "5", "55", "pre", "prea", "x", ""]), min_size=1, max_size=4
).map(lambda segments: "/" + "/".join(segments))


@given(first=_PATH, second=_PATH, path=_REQUEST)
def test_a_covered_route_gets_no_request(first: str, second: str, path: str) -> None:
    """Whenever the second route would answer alone, the first answers with both of them registered."""
    if not covers(first, second) or resource(first) is None or resource(second) is None:
        return
    router = web.UrlDispatcher()
    router.add_route("GET", first, answer)
    router.add_route("POST", "/between", answer)
    shadowed = router.add_route("GET", second, answer)
    found = asyncio.run(router.resolve(make_mocked_request("GET", path)))
    assert found.route is not shadowed
