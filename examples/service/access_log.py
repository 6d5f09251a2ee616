"""One line of JSON a request, and an id that joins it with all other lines of the request.

Practices: 1.5, 5.6, 13.6.
"""

from __future__ import annotations

import json
import logging
import re
import uuid
from contextvars import ContextVar
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler

HEADER = "X-Request-ID"
_request_id: ContextVar[str] = ContextVar("request_id", default="-")


@web.middleware
async def identify_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take the id that the proxy gave, when it looks like one, or make one."""
    given = request.headers.get(HEADER, "")
    _request_id.set(given if re.fullmatch(r"[\w-]{1,64}", given, re.ASCII) else uuid.uuid4().hex)
    return await handler(request)


async def add_request_id(_request: web.Request, response: web.StreamResponse) -> None:
    """Tell the client the id, which it can name when it complains."""
    response.headers[HEADER] = _request_id.get()


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record, its traceback and what the access logger adds."""
        line = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": _request_id.get(),
            **getattr(record, "access", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line)


class AccessLogger(AbstractAccessLogger):
    """What was asked and how it ended. No query string, no cookies: they hold secrets."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Write the line of one request."""
        access = {
            "remote": request.remote,
            "method": request.method,
            "path": request.path,
            "status": response.status,
            "bytes": response.body_length,
            "seconds": round(time, 6),
            "request_id": response.headers.get(HEADER, "-"),
        }
        self.logger.info("access", extra={"access": access})


def log_as_json() -> None:
    """Send everything that is logged to standard error, as JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
