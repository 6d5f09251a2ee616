from __future__ import annotations

import importlib
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.aiohttp_api import UnknownApiName
from aiohttp_lint.semantics.aiohttp_versions import DEFAULT_TARGET, Target, Version

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
generator = importlib.import_module("generate_api_data")
comparison = importlib.import_module("api_data.comparison")
sources_of = importlib.import_module("api_data.sources").read_installed


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(aiohttp_api.DATA_PATH.read_text(encoding="utf-8"))
    return loaded


# The data


def test_the_data_agrees_with_the_installed_aiohttp(data: dict[str, Any]) -> None:
    installed = importlib.metadata.version("aiohttp")
    if installed not in data["releases"]:
        pytest.skip(f"the data is generated from {', '.join(data['releases'])}; {installed} is installed")
    assert comparison.differences(data, sources_of("aiohttp"), installed) == []


def test_a_difference_is_found_and_named(data: dict[str, Any]) -> None:
    release = data["releases"][-1]
    installed = importlib.metadata.version("aiohttp")
    if installed != release:
        pytest.skip(f"needs aiohttp {release}")
    sources = dict(sources_of("aiohttp"))
    sources["aiohttp.client"] = sources["aiohttp.client"].replace("    sock_read: float | None = None\n", "")
    sources["aiohttp.client"] = sources["aiohttp.client"].replace(
        "    def detach(self)", "    async def detach(self)"
    )
    found = comparison.differences(data, sources, release)
    assert any(line.startswith("aiohttp.ClientTimeout.__init__: parameters") for line in found)
    assert "aiohttp.ClientSession.detach: kind 'function', in aiohttp 'async'" in found


def test_the_script_checks_the_installed_aiohttp(data: dict[str, Any]) -> None:
    if importlib.metadata.version("aiohttp") not in data["releases"]:
        pytest.skip("the data has nothing on the installed aiohttp")
    assert generator.main(["--check"]) == 0


def test_the_data_is_written_one_symbol_a_line(data: dict[str, Any]) -> None:
    text = aiohttp_api.DATA_PATH.read_text(encoding="utf-8")
    assert comparison.dump(data) == text
    symbols = sum(len(data[section]) for section in ("aliases", "classes", "callables", "constants"))
    assert symbols < len(text.splitlines()) < symbols + 30


def test_every_alias_leads_to_a_described_symbol(data: dict[str, Any]) -> None:
    described = data["classes"].keys() | data["callables"].keys() | data["constants"].keys()
    assert [name for name, target in data["aliases"].items() if target not in described] == []


def test_every_class_has_an_order_of_bases_that_starts_with_itself(data: dict[str, Any]) -> None:
    for name in data["classes"]:
        assert aiohttp_api.class_named(name).mro[0] == name


def test_every_base_of_these_packages_is_described(data: dict[str, Any]) -> None:
    bases = {base for record in data["classes"].values() for base in record.get("bases", ())}
    own = {base for base in bases if base.partition(".")[0] in aiohttp_api.PACKAGES}
    assert own - data["classes"].keys() == set()


@pytest.mark.parametrize("package", ["aiohttp", "aiohttp.web", "aiohttp_session", "aiohttp_security"])
def test_what_a_module_offers_is_in_the_data(package: str) -> None:
    module = importlib.import_module(package)
    names = getattr(
        module, "__all__", ("get_session", "new_session", "setup", "session_middleware", "STORAGE_KEY")
    )
    assert [name for name in names if not aiohttp_api.exists(f"{package}.{name}")] == []


# Names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("aiohttp.ClientSession", "aiohttp.ClientSession"),
        ("aiohttp.client.ClientSession", "aiohttp.ClientSession"),
        ("aiohttp.web_response.Response", "aiohttp.web.Response"),
        ("aiohttp.web.WSMsgType", "aiohttp.WSMsgType"),
        ("aiohttp.http_websocket.WSMsgType", "aiohttp.WSMsgType"),
        ("aiohttp.http.WSMsgType.TEXT", "aiohttp.WSMsgType.TEXT"),
        ("aiohttp.helpers.AppKey", "aiohttp.web.AppKey"),
        ("aiohttp.web.Response.set_cookie", "aiohttp.web.StreamResponse.set_cookie"),
        ("aiohttp.client.ClientSession.get", "aiohttp.ClientSession.get"),
        ("aiohttp.ClientResponse.status", "aiohttp.ClientResponse.status"),
        ("aiohttp.hdrs.SET_COOKIE", "aiohttp.hdrs.SET_COOKIE"),
        ("aiohttp_session.SimpleCookieStorage", "aiohttp_session.SimpleCookieStorage"),
        ("aiohttp_session.redis_storage.RedisStorage", "aiohttp_session.redis_storage.RedisStorage"),
        ("aiohttp_security.api.remember", "aiohttp_security.remember"),
        ("aiohttp.web.Iterable", None),
        ("aiohttp.web", None),
        ("aiohttp.nothing", None),
        ("aiohttp.ClientSession.nothing", None),
        ("os.path.join", None),
        ("requests.get", None),
    ],
)
def test_canonical_names(name: str, expected: str | None) -> None:
    assert aiohttp_api.canonical(name) == expected


def test_modules_exist_and_are_no_symbols() -> None:
    assert aiohttp_api.is_api_module("aiohttp.web")
    assert aiohttp_api.exists("aiohttp.web")
    assert not aiohttp_api.is_api_module("aiohttp.web.Response")
    assert not aiohttp_api.is_api_module("os")
    assert aiohttp_api.exists("aiohttp.request")
    assert not aiohttp_api.exists("aiohttp.requests")


def test_a_name_that_the_data_lacks_raises() -> None:
    with pytest.raises(
        UnknownApiName, match=r"no callable named 'aiohttp\.ClientSession\.fetch' in the data"
    ):
        aiohttp_api.callable_named("aiohttp.ClientSession.fetch")
    with pytest.raises(KeyError, match=r"no class named 'aiohttp\.Session'"):
        aiohttp_api.class_named("aiohttp.Session")
    assert aiohttp_api.find_class("aiohttp.request") is None
    assert aiohttp_api.find_class("requests.Session") is None
    assert aiohttp_api.find_callable("aiohttp.hdrs.METH_GET") is None
    assert aiohttp_api.find_constant("aiohttp.request") is None


# Classes


def test_bases_are_followed_into_builtins() -> None:
    found = aiohttp_api.class_named("aiohttp.web.HTTPFound")
    assert found.mro[:4] == (
        "aiohttp.web.HTTPFound",
        "aiohttp.web.HTTPMove",
        "aiohttp.web.HTTPRedirection",
        "aiohttp.web.HTTPException",
    )
    assert found.is_subclass_of("aiohttp.web.StreamResponse")
    assert found.is_subclass_of("aiohttp.web_exceptions.HTTPException")
    assert found.is_subclass_of("BaseException")
    assert found.is_subclass_of("collections.abc.MutableMapping")
    assert not found.is_subclass_of("aiohttp.web.HTTPError")


def test_a_timeout_is_the_builtin_one_too() -> None:
    found = aiohttp_api.class_named("aiohttp.ServerTimeoutError")
    assert found.is_subclass_of("asyncio.TimeoutError")
    assert found.is_subclass_of("TimeoutError")
    assert found.is_subclass_of("aiohttp.ClientError")
    assert found.mro.index("aiohttp.ClientError") < found.mro.index("Exception")


@pytest.mark.parametrize(
    ("name", "awaits", "enters", "sync_enters", "iterates"),
    [
        ("aiohttp.ClientSession", None, "aiohttp.ClientSession", None, None),
        ("aiohttp.ClientResponse", None, "aiohttp.ClientResponse", None, None),
        (
            "aiohttp.client._RequestContextManager",
            "aiohttp.ClientResponse",
            "aiohttp.ClientResponse",
            None,
            None,
        ),
        (
            "aiohttp.client._WSRequestContextManager",
            "aiohttp.ClientWebSocketResponse",
            "aiohttp.ClientWebSocketResponse",
            None,
            None,
        ),
        ("aiohttp.client._SessionRequestContextManager", None, "aiohttp.ClientResponse", None, None),
        (
            "aiohttp.ClientWebSocketResponse",
            None,
            "aiohttp.ClientWebSocketResponse",
            None,
            "aiohttp.WSMessage",
        ),
        ("aiohttp.web.WebSocketResponse", None, None, None, "aiohttp.WSMessage"),
        ("aiohttp.web.View", "aiohttp.web.StreamResponse", None, None, None),
        ("aiohttp.TCPConnector", None, "aiohttp.TCPConnector", "aiohttp.TCPConnector", None),
        ("aiohttp.test_utils.TestServer", None, "aiohttp.test_utils.TestServer", None, None),
        ("aiohttp.test_utils.TestClient", None, "aiohttp.test_utils.TestClient", None, None),
        ("aiohttp.StreamReader", None, None, None, "bytes"),
        ("aiohttp.MultipartWriter", None, None, "aiohttp.MultipartWriter", None),
    ],
)
def test_what_await_and_with_and_for_give(
    name: str, awaits: str | None, enters: str | None, sync_enters: str | None, iterates: str | None
) -> None:
    found = aiohttp_api.class_named(name)
    assert (found.awaits, found.enters, found.sync_enters, found.iterates) == (
        awaits,
        enters,
        sync_enters,
        iterates,
    )


@pytest.mark.parametrize(
    ("class_name", "attribute", "expected"),
    [
        ("aiohttp.ClientResponse", "content", "aiohttp.StreamReader"),
        ("aiohttp.ClientResponse", "status", "int"),
        ("aiohttp.ClientResponse", "headers", "multidict.CIMultiDictProxy"),
        ("aiohttp.ClientResponse", "read", None),
        ("aiohttp.ClientResponse", "nothing", None),
        ("aiohttp.web.HTTPNotFound", "status_code", "int"),
        ("aiohttp.web.HTTPNotFound", "nothing", None),
        ("aiohttp.ClientSession", "connector", "aiohttp.BaseConnector | None"),
        ("aiohttp.ClientTimeout", "total", "float | None"),
        ("aiohttp.web.Request", "app", "aiohttp.web.Application"),
        ("aiohttp.web.Request", "content", "aiohttp.StreamReader"),
        ("aiohttp.web.View", "request", "aiohttp.web.Request"),
        ("aiohttp.web.Application", "on_startup", "aiosignal.Signal"),
        ("aiohttp.web.Application", "cleanup_ctx", "aiohttp.web_app.CleanupContext"),
        ("aiohttp.web.Application", "router", "aiohttp.web.UrlDispatcher"),
        ("aiohttp.web.FileResponse", "last_modified", "datetime.datetime | None"),
        ("aiohttp.web.FileField", "file", "typing.IO"),
        ("aiohttp.WSMessage", "type", "aiohttp.WSMsgType"),
        ("aiohttp.WSMsgType", "TEXT", "aiohttp.WSMsgType"),
        ("aiohttp.test_utils.TestClient", "session", "aiohttp.ClientSession"),
        ("aiohttp.test_utils.AioHTTPTestCase", "client", "aiohttp.test_utils.TestClient"),
    ],
)
def test_attribute_types(class_name: str, attribute: str, expected: str | None) -> None:
    assert aiohttp_api.class_named(class_name).attribute_type(attribute) == expected


def test_members_of_enumerations_have_their_values() -> None:
    import aiohttp

    for enumeration in (aiohttp.WSMsgType, aiohttp.WSCloseCode):
        found = aiohttp_api.class_named(f"aiohttp.{enumeration.__name__}")
        assert dict(found.members) == {name: member.value for name, member in enumeration.__members__.items()}
    assert aiohttp_api.class_named("aiohttp.web.ContentCoding").members["gzip"] == "gzip"
    assert aiohttp_api.class_named("aiohttp.ClientSession").members == {}


# Callables


def names_of(name: str) -> list[str]:
    return [parameter.name for parameter in aiohttp_api.callable_named(name).parameters]


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_verbs_have_the_parameters_of_request(verb: str) -> None:
    found = aiohttp_api.callable_named(f"aiohttp.ClientSession.{verb}")
    assert found.parameters[0].name == "url"
    assert {parameter.kind for parameter in found.parameters[1:]} == {"keyword_only"}
    assert {"params", "data", "json", "timeout", "ssl", "raise_for_status", "allow_redirects"} <= set(
        names_of(found.name)
    )
    assert not {"method", "self", "kwargs", "str_or_url"} & set(names_of(found.name))
    assert set(names_of(found.name)) | {"method"} == set(names_of("aiohttp.ClientSession.request"))
    assert found.result == "aiohttp.client._RequestContextManager"
    assert not found.is_async


def test_the_verb_says_whether_redirects_are_followed() -> None:
    defaults = {}
    for verb in ("get", "head"):
        parameter = aiohttp_api.callable_named(f"aiohttp.ClientSession.{verb}").parameter("allow_redirects")
        assert parameter is not None
        defaults[verb] = parameter.default
    assert defaults == {"get": "True", "head": "False"}


def test_a_test_client_is_told_from_a_session() -> None:
    ours = aiohttp_api.callable_named("aiohttp.ClientSession.get").result
    theirs = aiohttp_api.callable_named("aiohttp.test_utils.TestClient.get").result
    assert theirs == "aiohttp.test_utils._RequestContextManager"
    assert ours is not None
    assert not aiohttp_api.class_named(theirs).is_subclass_of(ours)
    assert aiohttp_api.class_named(theirs).awaits == "aiohttp.ClientResponse"


@pytest.mark.parametrize(
    ("name", "kind", "result"),
    [
        ("aiohttp.request", "function", "aiohttp.client._SessionRequestContextManager"),
        ("aiohttp.ClientSession.ws_connect", "function", "aiohttp.client._WSRequestContextManager"),
        ("aiohttp.ClientSession.close", "async", "None"),
        ("aiohttp.ClientSession.closed", "property", "bool"),
        ("aiohttp.ClientResponse.text", "async", "str"),
        ("aiohttp.ClientResponse.json", "async", None),
        ("aiohttp.ClientResponse.read", "async", "bytes"),
        ("aiohttp.ClientResponse.close", "function", "None"),
        ("aiohttp.ClientResponse.release", "function", None),
        ("aiohttp.BaseConnector.close", "function", "Awaitable[None]"),
        ("aiohttp.TCPConnector.close", "async", "None"),
        ("aiohttp.ClientWebSocketResponse.receive", "async", "aiohttp.WSMessage"),
        ("aiohttp.web.WebSocketResponse.receive", "async", "aiohttp.WSMessage"),
        ("aiohttp.web.Request.multipart", "async", "aiohttp.MultipartReader"),
        ("aiohttp.web.json_response", "function", "aiohttp.web.Response"),
        ("aiohttp.StreamReader.iter_any", "function", "aiohttp.streams.AsyncStreamIterator"),
        ("aiohttp.pytest_plugin.AiohttpClient.__call__", "async", "aiohttp.test_utils.TestClient"),
        ("aiohttp_session.get_session", "async", "aiohttp_session.Session"),
        ("aiohttp_security.authorized_userid", "async", "str | None"),
        ("aiosignal.Signal.append", "function", "None"),
    ],
)
def test_kinds_and_results(name: str, kind: str, result: str | None) -> None:
    found = aiohttp_api.callable_named(name)
    assert (found.kind, found.result) == (kind, result)
    assert found.is_async == (kind == "async")


def test_an_inherited_method_is_named_by_its_class() -> None:
    method = aiohttp_api.class_named("aiohttp.web.WebSocketResponse").method("set_cookie")
    assert method is not None
    assert method.name == "aiohttp.web.StreamResponse.set_cookie"
    assert [parameter.name for parameter in method.parameters[:2]] == ["name", "value"]
    httponly = method.parameter("httponly")
    assert httponly is not None
    assert (httponly.kind, httponly.default, httponly.is_required) == ("keyword_only", "None", False)
    assert method.parameters[0].is_required
    assert method.parameter("nothing") is None


def test_a_constructor_gives_its_class() -> None:
    found = aiohttp_api.class_named("aiohttp.ClientTimeout").constructor
    assert found is not None
    assert found.result == "aiohttp.ClientTimeout"
    assert found.name == "aiohttp.ClientTimeout.__init__"
    assert names_of("aiohttp.ClientTimeout")[:4] == ["total", "connect", "sock_read", "sock_connect"]
    assert names_of("aiohttp.ClientWSTimeout") == ["ws_receive", "ws_close"]
    assert names_of("aiohttp.BasicAuth") == ["login", "password", "encoding"]
    assert names_of("aiohttp.WSMessage") == ["type", "data", "extra"]
    assert aiohttp_api.callable_named("aiohttp.web.HTTPNotFound").result == "aiohttp.web.HTTPNotFound"
    assert aiohttp_api.class_named("aiohttp.ClientPayloadError").constructor is None


def test_constants_have_their_values() -> None:
    header = aiohttp_api.find_constant("aiohttp.hdrs.CONTENT_TYPE")
    assert header is not None
    assert (header.type, header.value) == ("str", "Content-Type")
    timeout = aiohttp_api.find_constant("aiohttp.client.DEFAULT_TIMEOUT")
    assert timeout is not None
    assert (timeout.type, timeout.value) == ("aiohttp.ClientTimeout", None)


# Versions


@pytest.mark.parametrize(
    ("callable_name", "parameter_name", "since"),
    [
        ("aiohttp.ClientSession", "base_url", (3, 8, 0)),
        ("aiohttp.ClientSession", "proxy", (3, 11, 0)),
        ("aiohttp.ClientSession", "middlewares", (3, 12, 0)),
        ("aiohttp.ClientSession.get", "server_hostname", (3, 9, 0)),
        ("aiohttp.ClientSession.get", "upload_tracker", (3, 14, 5)),
        ("aiohttp.TCPConnector", "happy_eyeballs_delay", (3, 10, 0)),
        ("aiohttp.ClientTimeout", "ceil_threshold", (3, 9, 0)),
        ("aiohttp.web.StreamResponse.set_cookie", "partitioned", (3, 12, 0)),
        ("aiohttp.web.run_app", "handler_cancellation", (3, 9, 0)),
        ("aiohttp.web.RequestKey", "name", (3, 14, 0)),
    ],
)
def test_parameters_know_when_they_came(callable_name: str, parameter_name: str, since: Version) -> None:
    parameter = aiohttp_api.callable_named(callable_name).parameter(parameter_name)
    assert parameter is not None
    assert parameter.since == since
    assert parameter.until is None


def test_what_is_gone_knows_when_it_went() -> None:
    parameter = aiohttp_api.callable_named("aiohttp.ThreadedResolver.resolve").parameter("hostname")
    assert parameter is not None
    assert parameter.until == (3, 10, 0)
    assert aiohttp_api.class_named("aiohttp.streams.AsyncStreamReaderMixin").until == (3, 14, 0)
    assert aiohttp_api.class_named("aiohttp.ClientWSTimeout").since == (3, 11, 0)
    assert aiohttp_api.callable_named("aiohttp.encode_basic_auth").since == (3, 14, 0)
    assert aiohttp_api.callable_named("aiohttp.encode_basic_auth").until is None
    assert aiohttp_api.class_named("aiohttp_session.Session").since == (0, 0, 0)


def test_deprecations_carry_aiohttps_own_words() -> None:
    auth = aiohttp_api.callable_named("aiohttp.ClientSession.post").parameter("auth")
    assert auth is not None
    assert auth.lifetime.deprecated is not None
    assert auth.lifetime.deprecated.since == (3, 14, 0)
    assert "encode_basic_auth" in auth.lifetime.deprecated.message
    timeout = aiohttp_api.callable_named("aiohttp.ClientSession.ws_connect").parameter("timeout")
    assert timeout is not None
    assert timeout.lifetime.deprecated is None


def test_a_lifetime_covers_a_target_or_not() -> None:
    proxy = aiohttp_api.callable_named("aiohttp.ClientSession").parameter("proxy")
    loop = aiohttp_api.callable_named("aiohttp.ClientSession").parameter("loop")
    assert proxy is not None
    assert loop is not None
    assert not proxy.lifetime.covers(DEFAULT_TARGET)
    assert proxy.lifetime.covers(Target((3, 11, 0), (4, 0, 0)))
    assert loop.lifetime.covers(DEFAULT_TARGET)
    assert not loop.lifetime.covers(Target((3, 9, 0), (5, 0, 0)))


def test_a_target_is_a_range_of_versions() -> None:
    assert Target((3, 9, 0), (4, 0, 0)) == DEFAULT_TARGET
    assert DEFAULT_TARGET.includes((3, 9, 0))
    assert not DEFAULT_TARGET.includes((4, 0, 0))
    assert DEFAULT_TARGET.all_at_least((3, 9, 0))
    assert not DEFAULT_TARGET.all_at_least((3, 10, 0))
    assert DEFAULT_TARGET.any_below((3, 10, 0))
    assert not DEFAULT_TARGET.any_below((3, 9, 0))
    assert Target((3, 9, 0), (3, 13, 0)).declares_below((3, 10, 0))
    assert not Target((3, 10, 0), (4, 0, 0)).declares_below((3, 10, 0))
    assert not DEFAULT_TARGET.declares_below((3, 10, 0)), (
        "who says nothing of versions says nothing of old ones"
    )


# The module


def test_the_data_is_read_on_the_first_question_about_aiohttp() -> None:
    program = (
        "import sys\n"
        "from aiohttp_lint.semantics import aiohttp_api as api\n"
        "assert api.canonical('requests.get') is None and not api.is_api_module('os')\n"
        "print(api.records.cache_info().currsize)\n"
        "api.canonical('aiohttp.ClientSession')\n"
        "print(api.records.cache_info().currsize, 'aiohttp' in sys.modules, 'importlib.resources' in sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["0", "1", "False", "False"]


def test_answers_are_hashable_and_the_same_each_time() -> None:
    session = aiohttp_api.class_named("aiohttp.client.ClientSession")
    assert session is aiohttp_api.class_named("aiohttp.ClientSession")
    assert hash(session) == hash(aiohttp_api.find_class("aiohttp.ClientSession"))
    one, other = (aiohttp_api.callable_named("aiohttp.ClientSession.get") for _ in range(2))
    assert one == other
    assert len({one, other}) == 1
