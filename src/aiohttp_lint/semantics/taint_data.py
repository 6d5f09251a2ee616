"""What a client controls, what makes it harmless, and what hands it on: the tables of the taint engine."""

from __future__ import annotations

from enum import Enum, auto
from types import MappingProxyType
from typing import TypeAlias

from aiohttp_lint.semantics import aiohttp_api


class Danger(Enum):
    """What untrusted text can do at a sink; a value can be clean for one and not for another."""

    HTML = auto()
    TEMPLATE = auto()
    REDIRECT = auto()
    PATH = auto()
    FETCH = auto()
    CODE = auto()
    IMPORT = auto()
    SHELL = auto()
    SQL = auto()
    LOG = auto()
    KEPT = auto()
    """Nothing where it stands; but it comes back from the session as if it was the program's own."""


class Origin(Enum):
    """The part of a request that a value comes from; the value is its name in messages."""

    QUERY = "the query"
    MATCH = "the path of the request"
    PATH = "the request's path"
    HEADERS = "the headers"
    COOKIES = "the cookies"
    FORM = "the form"
    BODY = "the body"
    FILENAME = "the name of an upload"
    MESSAGE = "a WebSocket message"
    SESSION = "the session"
    """What some handler put there; the client can't change it, and counts only where it came from one."""


class Form(Enum):
    """What a client's data looks like in the program, and so what can be taken out of it."""

    REQUEST = auto()
    ADDRESS = auto()
    """The URL of the request: of itself not free to choose, its parts are."""
    MAPPING = auto()
    FIELDS = auto()
    """The mapping of a posted form: text and uploads."""
    JSON = auto()
    TEXT = auto()
    FIELD = auto()
    """One value of a form: text, or an upload."""
    UPLOAD = auto()
    STREAM = auto()
    PARTS = auto()
    PART = auto()
    SOCKET = auto()
    MESSAGE = auto()
    SESSION = auto()
    PARAMETER = auto()
    """Whatever the caller gives."""
    VERDICT = auto()
    """Not the data, but what some code makes of it: to test this is to test the data."""


TEXTUAL = frozenset({Form.TEXT, Form.JSON, Form.FIELD})
"""Forms that are text themselves where text is taken."""
POSSIBLY_TEXTUAL = TEXTUAL | {Form.PARAMETER}
"""Forms of what may be text."""
MASKED = frozenset({Danger.LOG})
"""What is no danger any more where only a part of a text is left."""

SESSION = aiohttp_api.class_named("aiohttp_session.Session").name
ROOTS = MappingProxyType(
    {
        "aiohttp.web.Request": Form.REQUEST,
        "aiohttp.web.BaseRequest": Form.REQUEST,
        "aiohttp.web.FileField": Form.UPLOAD,
        "aiohttp.BodyPartReader": Form.PART,
        "aiohttp.MultipartReader": Form.PARTS,
        "aiohttp.web.WebSocketResponse": Form.SOCKET,
        SESSION: Form.SESSION,
    }
)
"""Classes whose objects hold what a client sends."""

_Members: TypeAlias = dict[str, tuple[Form, Origin | None]]

_UPLOAD: _Members = {".filename": (Form.TEXT, Origin.FILENAME), ".file": (Form.STREAM, Origin.BODY)}
_READS: _Members = dict.fromkeys(
    (".read()", ".readany()", ".readline()", ".readexactly()", ".readchunk()", ".read_nowait()", ".text()",
     ".read_chunk()"),
    (Form.TEXT, Origin.BODY),
)  # fmt: skip
_ITEMS = ("[]", "*", ".keys()", ".values()", ".items()")

MEMBERS: MappingProxyType[Form, _Members] = MappingProxyType(
    {
        Form.REQUEST: {
            ".query": (Form.MAPPING, Origin.QUERY),
            ".match_info": (Form.MAPPING, Origin.MATCH),
            ".headers": (Form.MAPPING, Origin.HEADERS),
            ".raw_headers": (Form.MAPPING, Origin.HEADERS),
            ".cookies": (Form.MAPPING, Origin.COOKIES),
            ".query_string": (Form.TEXT, Origin.QUERY),
            ".path": (Form.TEXT, Origin.PATH),
            ".rel_url": (Form.ADDRESS, None),
            ".url": (Form.ADDRESS, None),
            ".content": (Form.STREAM, Origin.BODY),
            ".post()": (Form.FIELDS, Origin.FORM),
            ".json()": (Form.JSON, Origin.BODY),
            ".text()": (Form.TEXT, Origin.BODY),
            ".read()": (Form.TEXT, Origin.BODY),
            ".multipart()": (Form.PARTS, None),
        },
        Form.ADDRESS: {
            ".query": (Form.MAPPING, Origin.QUERY),
            ".query_string": (Form.TEXT, Origin.QUERY),
            ".path": (Form.TEXT, Origin.PATH),
        },
        Form.MAPPING: dict.fromkeys(_ITEMS, (Form.TEXT, None)),
        Form.FIELDS: dict.fromkeys(_ITEMS, (Form.FIELD, None)),
        Form.JSON: dict.fromkeys(_ITEMS, (Form.JSON, None)),
        Form.FIELD: {**_UPLOAD, "*": (Form.TEXT, None), "[]": (Form.TEXT, None)},
        Form.TEXT: {"*": (Form.TEXT, None), "[]": (Form.TEXT, None)},
        Form.UPLOAD: _UPLOAD,
        Form.STREAM: _READS,
        Form.PARTS: {".next()": (Form.PART, None), "*": (Form.PART, None)},
        Form.PART: {**_READS, ".filename": _UPLOAD[".filename"], ".json()": (Form.JSON, Origin.BODY),
                    ".form()": (Form.MAPPING, Origin.BODY)},
        Form.SOCKET: {
            "*": (Form.MESSAGE, None),
            ".receive()": (Form.MESSAGE, None),
            ".receive_str()": (Form.TEXT, Origin.MESSAGE),
            ".receive_bytes()": (Form.TEXT, Origin.MESSAGE),
            ".receive_json()": (Form.JSON, Origin.MESSAGE),
        },
        Form.SESSION: {"[]": (Form.JSON, Origin.SESSION)},
        Form.MESSAGE: {".data": (Form.TEXT, Origin.MESSAGE), ".json()": (Form.JSON, Origin.MESSAGE)},
    }
)  # fmt: skip
"""What an access gives: `.name`, `.name()`, `[]` for an element, `*` for what iteration gives."""

GETTERS = frozenset({"get", "getone", "getall", "pop", "setdefault"})
"""Methods that give the element of a mapping under the key in their first argument."""

_FREE_TEXT = frozenset({Origin.QUERY, Origin.MATCH, Origin.FORM, Origin.BODY, Origin.FILENAME})
REACHES: MappingProxyType[Danger, frozenset[Origin]] = MappingProxyType(
    {
        # A page of somebody else can't make a browser send headers or cookies of its choice.
        Danger.HTML: _FREE_TEXT | {Origin.PATH},
        Danger.TEMPLATE: _FREE_TEXT | {Origin.PATH, Origin.MESSAGE},
        Danger.REDIRECT: frozenset({Origin.QUERY, Origin.MATCH, Origin.FORM, Origin.SESSION}),
        Danger.KEPT: frozenset({Origin.QUERY, Origin.MATCH, Origin.FORM}),
        Danger.PATH: _FREE_TEXT | {Origin.PATH, Origin.HEADERS, Origin.MESSAGE},
        Danger.FETCH: _FREE_TEXT | {Origin.MESSAGE},
        **dict.fromkeys(
            (Danger.CODE, Danger.IMPORT, Danger.SHELL, Danger.SQL), frozenset(Origin) - {Origin.SESSION}
        ),
        Danger.LOG: frozenset({Origin.HEADERS, Origin.COOKIES, Origin.FORM, Origin.BODY, Origin.QUERY}),
    }
)
"""The origins that are dangerous at each kind of sink."""


def _of(module: str, names: str) -> tuple[str, ...]:
    return tuple(f"{module}.{name}" for name in names.split())


_MARKUP = frozenset({Danger.HTML})
_QUOTED = frozenset({Danger.HTML, Danger.SQL, Danger.SHELL})
_BARE_NAME = frozenset({Danger.PATH})
SANITISERS: MappingProxyType[str, frozenset[Danger]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("html.escape", "markupsafe.escape", "jinja2.escape", "cgi.escape", "xml.sax.saxutils.escape",
             "xml.sax.saxutils.quoteattr", "bleach.clean", "bleach.linkify", "nh3.clean", "markupsafe.escape_silent"),
            _MARKUP,
        ),
        # `quote` leaves `/` alone: `//evil.example` and `../..` go through it.
        **dict.fromkeys(_of("urllib.parse", "quote urlencode"), _QUOTED),
        **dict.fromkeys(_of("urllib.parse", "quote_plus"), _QUOTED | {Danger.REDIRECT, Danger.PATH, Danger.FETCH}),
        **dict.fromkeys(
            ("os.path.basename", "posixpath.basename", "ntpath.basename", "werkzeug.utils.secure_filename",
             "pathvalidate.sanitize_filename"),
            _BARE_NAME,
        ),
        "shlex.quote": frozenset({Danger.SHELL}),
    }
)  # fmt: skip
"""Functions whose result is their first argument, harmless for some sinks; all others stop the taint altogether."""

CLEAN_ATTRIBUTES = MappingProxyType(
    {"name": _BARE_NAME, "stem": _BARE_NAME, "suffix": _BARE_NAME, "parent": frozenset[Danger]()}
)
"""Attributes of paths that carry the text on, and for what they are clean."""

PASSING = frozenset(
    {
        "builtins.str", "builtins.bytes", "builtins.bytearray", "builtins.list", "builtins.tuple", "builtins.dict", "builtins.sorted",
        "builtins.reversed", "builtins.iter", "builtins.next", "builtins.repr", "builtins.ascii", "builtins.format",
        "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath", "pathlib.PurePosixPath", "os.fspath", "os.fsencode",
        "os.fsdecode", "yarl.URL", "typing.cast", "copy.copy", "copy.deepcopy",
        "asyncio.wait_for", "asyncio.shield", "json.loads", "json.dumps", "orjson.loads", "ujson.loads",
        "simplejson.loads", "sqlalchemy.text", "sqlalchemy.sql.text", "sqlalchemy.sql.expression.text",
        *_of("os.path", "normpath abspath realpath expanduser expandvars normcase"),
        *_of("urllib.parse", "unquote unquote_plus unquote_to_bytes"),
    }
)  # fmt: skip
"""Functions that give back what they get, in another form."""

JOINING = frozenset({*_of("os.path", "join"), *_of("posixpath", "join"), "urllib.parse.urljoin"})
"""Functions that put their arguments together."""

TEXT_METHODS = frozenset(
    {
        "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "swapcase", "expandtabs", "zfill",
        "ljust", "rjust", "center", "removeprefix", "removesuffix", "encode", "decode", "split", "rsplit", "splitlines",
        "partition", "rpartition", "resolve", "absolute", "expanduser", "as_posix", "with_suffix", "with_query",
        "update_query", "with_fragment",
    }
)  # fmt: skip
"""Methods of texts, paths and URLs whose result is made of their object."""

MIXING_METHODS = frozenset({"format", "join", "joinpath", "replace", "format_map", "translate"})
"""Methods whose result is made of their object and their arguments."""

MASKING = frozenset({"split", "rsplit", "partition", "rpartition", "replace", "translate"})
"""Methods that may cut a secret out of a text."""

CONVERSIONS = frozenset(
    {"builtins.int", "builtins.float", "uuid.UUID", "decimal.Decimal", "ipaddress.ip_address", "ipaddress.IPv4Address",
     "datetime.datetime.fromisoformat", "datetime.date.fromisoformat", "datetime.datetime.strptime"}
)  # fmt: skip
"""Functions that refuse a text that doesn't have their form: what they took is harmless."""

NEUTRAL_TESTS = frozenset(
    {
        "exists", "is_file", "is_dir", "isfile", "isdir", "is_symlink", "islink", "lexists", "len", "isinstance", "hasattr", "bool",
        "callable", "type", "access", "stat", "getsize", "print", "iscoroutine",
    }
)  # fmt: skip
"""Tests that say nothing of whether a text is harmless."""

UNCHECKED = frozenset(
    {
        "append", "add", "insert", "extend", "update", "put", "put_nowait", "setdefault", "discard", "write", "writelines", "send",
        "send_str", "send_json", "send_bytes", "debug", "info", "warning", "warn", "error", "critical", "exception",
        "log", "print", "set", "publish", "emit", "execute", "executemany", "create_task", "set_cookie", "incr", "open",
    }
)  # fmt: skip
"""Methods and functions that take a text as it is: a statement that calls one is no check."""

SQL_HEAD = (
    r"\s*\(?\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|DROP|ALTER|CALL|REPLACE|MERGE|TRUNCATE|EXEC)\b"
)
"""How a statement of SQL begins."""

SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "x-access-token", "api-key",
     "x-csrf-token", "x-amz-security-token"}
)  # fmt: skip
"""Headers that hold a credential."""

SECRET_FIELDS = frozenset(
    {"password", "passwd", "passphrase", "new_password", "old_password", "client_secret", "api_key", "apikey",
     "access_token", "refresh_token", "private_key", "secret_key"}
)  # fmt: skip
"""Fields of forms, bodies and queries that hold a credential."""
