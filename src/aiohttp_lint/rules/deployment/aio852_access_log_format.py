"""AIO852."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.access_log_formats import LOGGER, Flaw, FlawedFormat, flawed_formats
from aiohttp_lint.semantics.failures import fails_on_purpose
from aiohttp_lint.semantics.module import Module


class AccessLogFormat(Rule):
    """An access log format of gunicorn or Apache loses what it is meant to write.

    aiohttp's formats look like Apache's, and are fewer: `%a` (address), `%t`, `%P` (process), `%r`, `%s`, `%b`, `%T`, `%Tf`, `%D`
    (time taken), `%{Name}i` and `%{Name}o` (headers). Anything else does harm without a word at the start:

    - `%(h)s %(r)s` (gunicorn), `%h`, `%q`, `%>s` (Apache): the lines hold that very text. In a gunicorn configuration with
      aiohttp's worker, the worker refuses to boot: `ValueError: Gunicorn's style options in form of %(name)s are not supported`.
    - `%%`, and a single `%` at the end: each request logs `Error in logging` with `ValueError: unsupported format character`
      instead of its line. (The documentation has `%%` for a percent sign; it does not work.)
    - `%O` and `%{NAME}e`: `KeyError: 'O'` for each connection.

    Bad:

    ```python
    web.run_app(app, access_log_format='%(h)s "%(r)s" %(s)s %(L)s')
    ```

    Good:

    ```python
    web.run_app(app, access_log_format='%a "%r" %s %Tf')
    ```

    Fix: none; the message names aiohttp's name for gunicorn's where there is one.

    Silent with an `access_log_class` of one's own, which reads the format as it likes, for a format that is not written
    out, and for gunicorn's own default in its configuration: aiohttp's worker takes its own in place of that.
    """

    code = "AIO852"
    name = "access-log-format"
    message = "`{}` stands in each line of the access log as it is; {}"
    practices = ("5.6", "8.7", "13.3", "13.5", "13.6")
    mentions = (any_of("access_log_format", LOGGER),)
    source = "https://docs.aiohttp.org/en/stable/logging.html#format-specification"

    def check(self, module: Module) -> Iterator[Finding]:
        for found in flawed_formats(module):
            if not fails_on_purpose(module, found.value, "KeyError"):
                yield self.finding(module, found.value, _message(found))


def _message(found: FlawedFormat) -> str:
    instead = f"write `{found.instead}`" if found.instead else "write what aiohttp has: %a %t %r %s %b %Tf"
    if found.flaw is Flaw.NO_BOOT:
        return f"`{found.part}` in the format keeps aiohttp's worker from booting (ValueError); {instead}"
    if found.flaw is Flaw.NO_LINES:
        return f"`{found.part}` makes each line of the access log an `Error in logging`; take it out"
    if found.flaw is Flaw.NO_START:
        return f"`{found.part}` in the format raises KeyError for each connection; take it out"
    return AccessLogFormat.message.format(found.part, instead)
