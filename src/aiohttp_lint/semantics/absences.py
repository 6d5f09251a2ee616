"""Questions about what a whole project never says: defences, health routes, metrics. Evidence is any mention, anywhere."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from aiohttp_lint.semantics import aiohttp_api
from aiohttp_lint.semantics.entry_points import RUN_APP, RUNNER
from aiohttp_lint.semantics.folders import python_files
from aiohttp_lint.semantics.gunicorn import WORKERS, settings

if TYPE_CHECKING:
    from aiohttp_lint.semantics.module import Module

APPLICATION = aiohttp_api.class_named("aiohttp.web.Application").name
_STARTS = ("run_app(", "AppRunner(")
_PROXIES = (
    "nginx.conf", "nginx/nginx.conf", "deploy/nginx.conf", "docker/nginx.conf", "conf/nginx.conf", "Caddyfile", "haproxy.cfg",
)  # fmt: skip
_GUNICORN = "gunicorn.conf.py"
_OTHER_SERVERS = ("flask", "django", "fastapi", "starlette", "falcon", "pyramid", "bottle")


class Need(Enum):
    """What a service needs that a whole project may lack."""

    HEADERS = auto()
    CSRF = auto()
    RATE_LIMIT = auto()
    HEALTH = auto()
    METRICS = auto()
    WORKER = auto()
    """A worker of gunicorn that can call aiohttp's applications."""


DEFENCES = (Need.HEADERS, Need.CSRF, Need.RATE_LIMIT)
OPERATIONS = (Need.HEALTH, Need.METRICS, Need.WORKER)

_EVIDENCE: dict[Need, tuple[str, ...]] = {
    Need.HEADERS: (
        "content-security-policy", "content_security_policy", "x-content-type-options", "x_content_type_options",
        "strict-transport-security", "strict_transport_security", "x-frame-options", "aiohttp_remotes", "aiohttp_security_headers",
        "secweb", "nginx",
    ),
    Need.CSRF: ("csrf", "xsrf", "samesite", "sec-fetch-site", '"origin"', "hdrs.origin"),
    Need.RATE_LIMIT: ("limiter", "ratelimit", "rate_limit", "throttl", "toomanyrequests", "429", "retry-after"),
    Need.HEALTH: ("health", "livez", "readyz", "liveness", "readiness", "/ping", "/status", "/alive", "/up\""),
    Need.METRICS: (
        "prometheus", "/metrics", "statsd", "opentelemetry", "sentry_sdk", "ddtrace", "datadog", "newrelic", "elasticapm",
    ),
}  # fmt: skip
# What makes a need one: without forms and cookies nobody forges requests, without a login nobody guesses passwords.
_OCCASIONS: dict[Need, tuple[tuple[str, ...], ...]] = {
    Need.CSRF: ((".post()",), ("aiohttp_session", ".set_cookie(")),
    Need.RATE_LIMIT: (("login", "sign_in", "signin"), ("password",)),
}


@dataclass(frozen=True, slots=True)
class Absences:
    """The needs of a project that nothing in it speaks of, each with what was looked for; `node` is where it starts."""

    node: ast.expr
    evidence: Mapping[Need, tuple[str, ...]]


def absences(module: Module, needs: tuple[Need, ...]) -> Absences | None:
    """Give what the project of a file lacks, if the file starts its server; None where nothing is missing.

    Nothing unless the run has the whole of a marked project before it; source that belongs to no project is a whole of its own.
    """
    if module.is_test or module.is_example or not _is_in_sight(module):
        return None
    start = _start(module)
    if start is None:
        return None
    missing: dict[Need, tuple[str, ...]] = {}
    for need in needs:
        if need is Need.WORKER:
            worker = _unfit_worker(module)
            if worker is not None:
                missing[need] = (worker,)
        elif all(_says(module, *occasion) for occasion in _OCCASIONS.get(need, ())):
            if not _says(module, *_EVIDENCE[need]) and not (need is Need.HEADERS and _proxy_says(module)):
                missing[need] = _EVIDENCE[need]
    return Absences(start, missing) if missing else None


def _is_in_sight(module: Module) -> bool:
    """Tell whether the whole project of a file can be looked through: not a package of it only, and not too many files."""
    project = module.project
    if project is None:
        return True
    folder = project.folder_of(module)
    return (
        folder is not None
        and project.is_whole(module)
        and not project.folders.is_package(folder)
        and bool(python_files(folder))
    )


def _start(module: Module) -> ast.expr | None:
    """Give the place where a file starts the server; where no file of the project does, where one makes the application."""
    for call in module.calls_to(RUN_APP, RUNNER):
        return call.node
    applications = [call.node for call in module.calls_to(APPLICATION)]
    if not applications or _says(module, *_STARTS):
        return None
    return applications[-1]


def _says(module: Module, *texts: str) -> bool:
    """Tell whether any file of the project has one of some texts, in any of the spellings that are usual."""
    own = module.text.text.lower()
    if any(text in own for text in texts):
        return True
    if module.project is None:
        return False
    spellings = {spelling for text in texts for spelling in (text, text.upper(), text.title(), _camel(text))}
    found = module.project.files_saying(module, *sorted(spellings))
    return found is None or bool(found)


def _camel(text: str) -> str:
    return "".join(part.capitalize() for part in text.split("_"))


def _proxy_says(module: Module) -> bool:
    """Tell whether the configuration of a proxy in the project adds headers."""
    project = module.project
    folder = None if project is None else project.folder_of(module)
    if project is None or folder is None:
        return False
    found = (project.read(os.path.join(folder, *name.split("/"))) for name in _PROXIES)
    return any(b"header" in data for data in found if data is not None)


def _unfit_worker(module: Module) -> str | None:
    """Give the worker class of gunicorn's configuration, where it is none for aiohttp."""
    project = module.project
    folder = None if project is None else project.folder_of(module)
    if project is None or folder is None or _says(module, *_OTHER_SERVERS):
        return None
    path = os.path.join(folder, _GUNICORN)
    configuration = project.module_at(path) if project.read(path) is not None else None
    if configuration is None or configuration.scope.star_imports:
        return None
    if "worker_class" not in configuration.scope.bindings:
        return "sync"
    given = settings(configuration).get("worker_class")
    literal = None if given is None else configuration.constant(given)
    if literal is None or not isinstance(literal.value, str) or literal.value in WORKERS:
        return None
    return literal.value
