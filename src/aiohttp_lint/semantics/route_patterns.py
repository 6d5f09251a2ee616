"""The paths of routes as aiohttp reads them: what they match, what is wrong with them, and how they overlap."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile

# As in aiohttp.web_urldispatcher: how a path is split, and the two forms of a variable.
_SPLIT = re.compile(r"(\{[_a-zA-Z][^{}]*(?:\{[^{}]*\}[^{}]*)*\})")
_VARIABLE = re.compile(r"\{([_a-zA-Z][_a-zA-Z0-9]*)(?::(.+))?\}", re.DOTALL)
_SEGMENT = "[^{}/]+"

_CONVERTERS = {
    "int": r"\d+",
    "float": r"\d+\.\d+",
    "str": "",
    "string": "",
    "path": ".+",
    "uuid": "[0-9a-fA-F-]+",
}
"""The converters of other frameworks, and the regular expressions that mean the same."""
_ANGLE = re.compile(r"<(?:(\w+):)?([_a-zA-Z]\w*)>")
_COLON = re.compile(r":([_a-zA-Z]\w*)")
# Regular expressions that can match neither nothing nor a slash.
_WITHIN_SEGMENT = re.compile(r"(?:\\[dw]|\[(?:\\[dw]|[\w.-])+\])(?:\+|\{[1-9]\d*(?:,\d*)?\})")
_ANYTHING = {".*": True, ".+": False}
# What newer versions of Python read, and older ones don't, or the other way round.
_DISPUTED = re.compile(r"[*+?}]\+|\(\?>|\(\?[aiLmsux]+\)")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a path. `repaired` is the path that was meant, where that is known."""

    text: str
    repaired: str | None = None
    is_error: bool = False
    """Whether registering it raises ValueError."""


@dataclass(frozen=True, slots=True)
class Part:
    """Literal text of a path, or a variable with its regular expression (none: one segment of any text)."""

    text: str
    variable: str = ""
    expression: str = ""


@lru_cache(maxsize=1024)
def parts(path: str) -> tuple[Part, ...] | None:
    """Split a path as aiohttp does; None where that raises ValueError."""
    found: list[Part] = []
    for text in _SPLIT.split(path):
        variable = _VARIABLE.fullmatch(text)
        if variable is not None:
            found.append(Part(text, variable[1], variable[2] or ""))
        elif "{" in text or "}" in text:
            return None
        elif text:
            found.append(Part(text))
    return tuple(found)


def keys(path: str) -> frozenset[str] | None:
    """Give the keys of `match_info` under a path, named groups included; None for a path that can't be read."""
    found = parts(path)
    if found is None:
        return None
    try:
        return frozenset(re.compile(_expression(found)).groupindex)
    except (re.error, OverflowError):
        return None


def url_arguments(path: str) -> frozenset[str] | None:
    """Give the arguments that `url_for()` of a resource with this path takes; None for a path that can't be read."""
    found = parts(path)
    return None if found is None else frozenset(part.variable for part in found if part.variable)


def _expression(found: tuple[Part, ...]) -> str:
    return "".join(
        f"(?P<{part.variable}>{part.expression or _SEGMENT})" if part.variable else re.escape(part.text)
        for part in found
    )


def problem(path: str) -> Problem | None:
    """Give what is wrong with a path: it can't be registered, or never matches what it was written for."""
    if path and not path.startswith("/"):
        return Problem("a path begins with `/`: this raises ValueError", "/" + path, is_error=True)
    found = parts(path)
    if found is None:
        return _unreadable(path)
    try:
        re.compile(_expression(found))
    except (re.error, OverflowError) as error:
        if _DISPUTED.search(path):
            return None
        return Problem(
            f"the pattern is no regular expression ({error}): this raises ValueError", is_error=True
        )
    return _foreign(path, found) or _unmatchable(found)


def _unreadable(path: str) -> Problem:
    outside = _VARIABLE.sub("", path)
    named = re.search(r"\{([^{}:]*)[:}]", outside)
    if named is not None:
        return Problem(
            f"`{named[1]}` is no name for a variable: this raises ValueError", _renamed(path), is_error=True
        )
    return Problem("braces that hold no variable: this raises ValueError", is_error=True)


def _renamed(path: str) -> str | None:
    """Give the path without spaces around the names of its variables."""
    repaired = re.sub(r"\{\s*([_a-zA-Z]\w*)\s*([:}])", r"{\1\2", path)
    return repaired if repaired != path and parts(repaired) is not None else None


def _foreign(path: str, found: tuple[Part, ...]) -> Problem | None:
    for part in found:
        if part.variable and part.expression in _CONVERTERS:
            meant = _variable(part.variable, part.expression)
            return Problem(
                f"`{part.text}` matches only the text {part.expression!r}: write `{meant}`",
                path.replace(part.text, meant),
            )
        if part.variable and part.expression[:1] == " ":
            meant = f"{{{part.variable}:{part.expression.lstrip()}}}"
            return Problem(
                f"the space in `{part.text}` is part of the pattern, which matches nothing: write `{meant}`",
                path.replace(part.text, meant),
            )
        if not part.variable:
            for match in _ANGLE.finditer(part.text):
                if not match[1] or match[1] in _CONVERTERS:
                    return _other_syntax(path, match[0], _variable(match[2], match[1]))
            for segment in part.text.split("/"):
                named = _COLON.fullmatch(segment)
                if named is not None:
                    return _other_syntax(path, segment, _variable(named[1], None))
    return None


def _other_syntax(path: str, written: str, meant: str) -> Problem:
    repaired = "/".join(segment.replace(written, meant) for segment in path.split("/"))
    return Problem(f"`{written}` is plain text here, so the route answers 404: write `{meant}`", repaired)


def _variable(name: str, converter: str | None) -> str:
    expression = _CONVERTERS.get(converter or "", "")
    return f"{{{name}:{expression}}}" if expression else f"{{{name}}}"


def _unmatchable(found: tuple[Part, ...]) -> Problem | None:
    for part in found:
        for mark, kind in (("?", "query"), ("#", "fragment")):
            if not part.variable and mark in part.text:
                return Problem(f"`{mark}` begins the {kind}, which is no part of a path: no request matches")
    return None


def matched_text(path: str) -> str | None:
    """Give a text that two paths share exactly when they match the same; None where one can't be read."""
    found = parts(path)
    if found is None:
        return None
    return "".join(f"{{{part.expression or _SEGMENT}}}" if part.variable else part.text for part in found)


def covers(first: str, second: str) -> bool:
    """Tell whether the path `first`, registered before, takes every request that `second` would match.

    aiohttp looks a path up by its static beginning, so only paths that share that are compared at all.
    """
    if matched_text(first) == matched_text(second):
        return matched_text(first) is not None
    before, after = parts(first), parts(second)
    if before is None or after is None or lookup_key(first) != lookup_key(second):
        return False
    if not _has_variables(before) or not _has_variables(after):
        return False
    return _catches_rest(before, second) or _covers_by_segment(first, second)


def lookup_key(path: str) -> str | None:
    """Give the static beginning by which aiohttp looks a path up: only paths that share it can cover each other."""
    found = parts(path)
    if found is None:
        return None
    static = "".join(part.text for part in takewhile(lambda part: not part.variable, found))
    return (static if static == path else static.rpartition("/")[0]).rstrip("/") or "/"


def _has_variables(found: tuple[Part, ...]) -> bool:
    return any(part.variable for part in found)


def _catches_rest(before: tuple[Part, ...], second: str) -> bool:
    """Tell whether `before` is `/static/{tail:.*}`, with what `second` begins with."""
    if len(before) != 2 or before[0].variable or before[1].expression not in _ANYTHING:
        return False
    rest = second.removeprefix(before[0].text)
    if rest == second:
        return False
    if _ANYTHING[before[1].expression]:
        return True
    following = parts(rest)
    return bool(following) and following is not None and _is_never_empty(following[0])


def _is_never_empty(part: Part) -> bool:
    return not part.variable or not part.expression or bool(_WITHIN_SEGMENT.fullmatch(part.expression))


def _covers_by_segment(first: str, second: str) -> bool:
    left, right = _segments(first), _segments(second)
    if left is None or right is None or len(left) != len(right):
        return False
    return all(
        matched_text("".join(part.text for part in one)) == matched_text("".join(part.text for part in other))
        or (_is_any_segment(one) and bool(other) and all(map(_is_never_empty, other)))
        for one, other in zip(left, right, strict=True)
    )


def _is_any_segment(segment: list[Part]) -> bool:
    return len(segment) == 1 and bool(segment[0].variable) and not segment[0].expression


def _segments(path: str) -> list[list[Part]] | None:
    """Split a path at its slashes; None where a variable may match slashes."""
    segments: list[list[Part]] = [[]]
    for part in parts(path) or ():
        if part.variable:
            if part.expression and not _WITHIN_SEGMENT.fullmatch(part.expression):
                return None
            segments[-1].append(part)
            continue
        head, *rest = part.text.split("/")
        if head:
            segments[-1].append(Part(head))
        segments.extend([Part(text)] if text else [] for text in rest)
    return segments
