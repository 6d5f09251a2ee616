"""What the sources do not say about aiohttp's API, or say too vaguely."""

from __future__ import annotations

THIRD_PARTY = {
    "aiohttp_cors": "0.8.1",
    "aiohttp_jinja2": "1.6",
    "aiohttp_security": "0.5.0",
    "aiohttp_session": "2.12.1",
    "aiohttp_sse": "3.0",
    "aioresponses": "0.7.9",
    "multidict": "7.2.1",
    "yarl": "1.25.1",
}

# The first module of these that offers a symbol names it; else the module that defines it does.
CANONICAL_MODULES = (
    "aiohttp",
    "aiohttp.web",
    "aiohttp.abc",
    "aiohttp.test_utils",
    "aiohttp.pytest_plugin",
    *THIRD_PARTY,
)
# What these define is internal, unless a canonical module offers it.
INTERNAL_MODULES = {
    "aiohttp._cookie_helpers",
    "aiohttp._websocket.helpers",
    "aiohttp._websocket.models",
    "aiohttp._websocket.reader",
    "aiohttp._websocket.reader_c",
    "aiohttp._websocket.reader_py",
    "aiohttp._websocket.writer",
    "aiohttp.base_protocol",
    "aiohttp.client_proto",
    "aiohttp.compression_utils",
    "aiohttp.helpers",
    "aiohttp.http",
    "aiohttp.http_parser",
    "aiohttp.http_writer",
    "aiohttp.locks",
    "aiohttp.log",
    "aiohttp.tcp_helpers",
    "aiohttp_session.log",
    "multidict._multidict_py",
    "yarl._parse",
    "yarl._path",
    "yarl._query",
    "yarl._quoters",
    "yarl._quoting",
    "yarl._url",
}
# Classes that public ones derive from or give, though their names or modules are internal.
NEEDED_CLASSES = {
    "aiohttp.base_protocol.BaseProtocol",
    "aiohttp.client_reqrep._RequestInfo",
    "aiohttp.helpers.BaseKey",
    "aiohttp.helpers.HeadersMixin",
    "aiohttp.client._BaseRequestContextManager",
    "aiohttp.client._SessionRequestContextManager",
    "aiohttp_cors.preflight_handler._PreflightHandler",
    "multidict._multidict_py._CIMixin",
    "multidict._multidict_py._CSMixin",
}
SPECIAL_METHODS = {
    "__aenter__",
    "__aexit__",
    "__aiter__",
    "__anext__",
    "__await__",
    "__bool__",
    "__call__",
    "__contains__",
    "__delitem__",
    "__enter__",
    "__exit__",
    "__getitem__",
    "__init__",
    "__iter__",
    "__len__",
    "__setitem__",
}
PROPERTY_DECORATORS = {"property", "reify", "under_cached_property", "cached_property", "abstractproperty"}

# Classes that the sources only hint at: aliases of generics, and two small dependencies of `web.Application`.
STAND_INS = {
    "aiohttp.client._RequestContextManager": (
        "aiohttp.client._BaseRequestContextManager",
        "aiohttp.ClientResponse",
    ),
    "aiohttp.client._WSRequestContextManager": (
        "aiohttp.client._BaseRequestContextManager",
        "aiohttp.ClientWebSocketResponse",
    ),
    "aiohttp.test_utils._RequestContextManager": (
        "aiohttp.client._BaseRequestContextManager",
        "aiohttp.ClientResponse",
    ),
    "aiohttp.test_utils._WSRequestContextManager": (
        "aiohttp.client._BaseRequestContextManager",
        "aiohttp.ClientWebSocketResponse",
    ),
}
DEPENDENCY_SOURCES = {
    "frozenlist": """
from collections.abc import MutableSequence
class FrozenList(MutableSequence):
    def __init__(self, items=None) -> None: ...
    @property
    def frozen(self) -> bool: ...
    def freeze(self) -> None: ...
    def insert(self, pos, item) -> None: ...
    def append(self, item) -> None: ...
    def extend(self, items) -> None: ...
    def remove(self, item) -> None: ...
    def count(self, item) -> int: ...
    def index(self, item) -> int: ...
    def clear(self) -> None: ...
    def reverse(self) -> None: ...
    def pop(self, index=-1): ...
""",
    "aiosignal": """
from frozenlist import FrozenList
class Signal(FrozenList):
    def __init__(self, owner) -> None: ...
    async def send(self, *args, **kwargs) -> None: ...
""",
}

VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
# Where a callable's keywords go: `**kwargs` is replaced by the keyword-only parameters of that method.
FORWARDED_KEYWORDS = (
    {f"aiohttp.ClientSession.{verb}": "_request" for verb in VERBS}
    | {f"aiohttp.test_utils.TestClient.{verb}": "_request" for verb in VERBS}
    | {
        "aiohttp.request": "_request",
        "aiohttp.ClientSession.ws_connect": "_ws_connect",
        "aiohttp.test_utils.TestClient.ws_connect": "_ws_connect",
    }
)
# Results where the annotation is missing, too vague, or names a generic alias.
RESULTS = (
    {f"aiohttp.ClientSession.{verb}": "aiohttp.client._RequestContextManager" for verb in VERBS}
    | {f"aiohttp.test_utils.TestClient.{verb}": "aiohttp.test_utils._RequestContextManager" for verb in VERBS}
    | {
        "aiohttp.ClientSession.ws_connect": "aiohttp.client._WSRequestContextManager",
        "aiohttp.test_utils.TestClient.ws_connect": "aiohttp.test_utils._WSRequestContextManager",
        "aiohttp.ClientWebSocketResponse.__anext__": "aiohttp.WSMessage",
        "aiohttp.ClientWebSocketResponse.receive": "aiohttp.WSMessage",
        "aiohttp.ClientWebSocketResponse.receive_str": "str",
        "aiohttp.web.WebSocketResponse.__anext__": "aiohttp.WSMessage",
        "aiohttp.web.WebSocketResponse.receive": "aiohttp.WSMessage",
        "aiohttp.web.WebSocketResponse.receive_str": "str",
        "aiohttp.BaseConnector.close": "Awaitable[None]",
        "aiohttp.BodyPartReader.json": None,
        "aiohttp.test_utils.TestClient.app": "aiohttp.web.Application",
    }
)
# Attributes that are set where no annotation says what they hold.
ATTRIBUTES: dict[str, dict[str, str | None]] = {
    "aiohttp.test_utils.AioHTTPTestCase": {
        "app": "aiohttp.web.Application",
        "client": "aiohttp.test_utils.TestClient",
        "server": "aiohttp.test_utils.TestServer",
    },
}
ITERATES = {
    "aiohttp.StreamReader": "bytes",
    "aiohttp.streams.AsyncStreamIterator": "bytes",
    "aiohttp.streams.ChunkTupleAsyncStreamIterator": "tuple[bytes, bool]",
}
# Warned about in a function that these callables share, since before the first release read here.
SSL_DEPRECATIONS = {
    "fingerprint": "fingerprint is deprecated, use ssl=Fingerprint(fingerprint) instead",
    "ssl_context": "ssl_context is deprecated, use ssl=context instead",
    "verify_ssl": "verify_ssl is deprecated, use ssl=False instead",
}

# What the development sources of 4.0 have dropped; 4.0 has no wheel to read.
NOT_IN_4 = {
    "aiohttp.ClientSession.__init__": ("loop", "auth", "proxy_auth", "read_timeout", "conn_timeout"),
    **dict.fromkeys(
        FORWARDED_KEYWORDS, ("auth", "proxy_auth", "verify_ssl", "fingerprint", "ssl_context", "loop")
    ),
    "aiohttp.CookieJar.__init__": ("loop",),
    "aiohttp.DummyCookieJar.__init__": ("loop",),
    "aiohttp.FormData.add_field": ("content_transfer_encoding",),
    "aiohttp.TCPConnector.__init__": ("verify_ssl", "fingerprint", "ssl_context", "loop"),
    "aiohttp.UnixConnector.__init__": ("loop",),
    "aiohttp.test_utils.TestClient.__init__": ("loop",),
    "aiohttp.web.Application.__init__": ("router", "loop"),
    "aiohttp.web.HTTPException.__init__": ("body",),
    "aiohttp.web.HTTPMethodNotAllowed.__init__": ("body",),
    "aiohttp.web.HTTPMove.__init__": ("body",),
    "aiohttp.web.HTTPUnavailableForLegalReasons.__init__": ("body",),
    "aiohttp.web.HTTPRequestEntityTooLarge.__init__": ("actual_size",),
    "aiohttp.web.RequestHandler.__init__": ("debug",),
    "aiohttp.web.BaseSite.__init__": ("shutdown_timeout",),
    "aiohttp.web.SockSite.__init__": ("shutdown_timeout",),
    "aiohttp.web.TCPSite.__init__": ("shutdown_timeout",),
    "aiohttp.web.UnixSite.__init__": ("shutdown_timeout",),
    "aiohttp.web.NamedPipeSite.__init__": ("shutdown_timeout",),
    "aiohttp.web.StreamResponse.set_cookie": ("version",),
    "aiohttp.web.UrlDispatcher.add_static": ("follow_symlinks",),
    "aiohttp.BasicAuth": (),
    "aiohttp.streamer": (),
}
