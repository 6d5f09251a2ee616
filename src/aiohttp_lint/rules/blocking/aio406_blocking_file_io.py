"""AIO406."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import FixAvailability, Rule
from aiohttp_lint.semantics.blockers import Kind
from aiohttp_lint.semantics.blocking import Where, blocking_calls, in_thread
from aiohttp_lint.semantics.look_ups import worth_saying
from aiohttp_lint.semantics.module import Module


class BlockingFileIo(Rule):
    """Reading, writing or looking up files on the event loop stops every request while the disk works.

    No other task gets a turn between the call and its return. On a fast local disk that is short; on a network
    share, a slow card or a busy disk it is seconds, and an upload that is written chunk by chunk stops the server
    again and again. It was the kind of blocking most often repaired in the public projects that were read
    (14 of 21 fixes).

    Bad:

    ```python
    async def upload(request: web.Request) -> web.Response:
        with open("upload.bin", "wb") as file:
            async for chunk in request.content.iter_chunked(65536):
                file.write(chunk)
        return web.json_response(os.path.getsize("upload.bin"))

    app.router.add_post("/upload", upload)
    ```

    Good:

    ```python
    async def upload(request: web.Request) -> web.Response:
        file = await asyncio.to_thread(open, "upload.bin", "wb")
        try:
            async for chunk in request.content.iter_chunked(65536):
                await asyncio.to_thread(file.write, chunk)
        finally:
            await asyncio.to_thread(file.close)
        return web.json_response(await asyncio.to_thread(os.path.getsize, "upload.bin"))

    app.router.add_post("/upload", upload)
    ```

    Fix: unsafe, because other tasks then run between the lines around the call. It moves a single call to
    `asyncio.to_thread()`; where a file is opened, what is done with it has to move as well, so nothing is offered. Nor is
    anything for `os.walk()` or `Path.glob()`, which read the disk as the loop over them goes on: that has to move.

    Reported in handlers, middlewares, `on_response_prepare` callbacks and started tasks (in files that use
    `aiohttp.web`), and in the functions of the project that they call; for an open file once in each function. Short
    questions to the file system (`os.path.exists()`, `Path.stat()`) count up to one call away from what serves, and not
    in tasks. Named in full, by `ALL` or by the strict preset, the rule looks into every coroutine and what it calls.
    Silent for what never touches the disk
    (`os.path.join()`, `Path.with_suffix()`, `tempfile.gettempdir()`), for paths in the kernel's memory (`/proc`, `/sys`,
    `/dev/shm`, not the slow `/sys/bus/w1`), for `os.path.realpath(__file__)`, and for a file that is only opened to be
    sent: aiohttp reads what it sends in a thread. Unless it is named, silent too for the question about what the same
    function opens, writes or removes (`if path.exists(): path.unlink()` is one finding), for a question about a fixed
    place beside the module (`Path(__file__).parent / "shop.js"`), and for what a process runs once: behind a
    `functools` cache without parameters, a global that says that it ran, or a test that finds missing what is then kept
    (`if not SETTINGS: load()`); and for what a dispatcher does for functions that carry a mark, since nothing tells which
    requests name one of those.
    """

    code = "AIO406"
    name = "blocking-file-io"
    message = "file access stops the event loop while the disk works; run it with `asyncio.to_thread()`"
    fix = FixAvailability.UNSAFE
    relaxed_in_tests = True
    practices = ("11.3", "11.8", "16.5", "K6", "K8")
    equivalents = ("ASYNC101", "ASYNC230", "ASYNC231", "ASYNC240")
    source = "https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code"

    def check(self, module: Module) -> Iterator[Finding]:
        where = Where.EVERYWHERE if self.is_named(module) else Where.SERVED
        calls = blocking_calls(module, Kind.FILE, where)
        for call in calls if where is Where.EVERYWHERE else worth_saying(calls):
            if where is Where.SERVED and (call.is_remote_look_up or call.serves_nobody):
                continue
            message = f"{call.shown} stops the event loop while the disk works{call.reached}; {call.blocker.instead}"
            yield self.finding(
                module,
                call.place,
                message,
                related=call.related,
                edits=[] if call.gives_file else in_thread(call),
                fix="Do it in a thread",
            )
