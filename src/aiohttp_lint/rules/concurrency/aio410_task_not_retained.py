"""AIO410."""

from __future__ import annotations

from collections.abc import Iterator

from aiohttp_lint.findings import Finding
from aiohttp_lint.rules.base import Rule, any_of
from aiohttp_lint.semantics.blocking import ONCE, SERVED
from aiohttp_lint.semantics.module import Module
from aiohttp_lint.semantics.roles import Role
from aiohttp_lint.semantics.task_purposes import ends_program, only_forgets
from aiohttp_lint.semantics.tasks import STARTERS, dropped_tasks, only_sleeps

_KEPT_BY_TIMERS = "task is kept by nobody: shutdown cuts it off instead of waiting for it; keep a reference"


class TaskNotRetained(Rule):
    """A task that nobody keeps can be collected while it waits, and shutdown does not wait for it.

    The loop itself refers to a task only weakly. One that waits on a future that nothing else refers to is
    collected: `Task was destroyed but it is pending!`. One that sleeps is kept by the timer; the message
    says so where the task does nothing else. The exception of either reaches nobody but the log (`Task exception
    was never retrieved`), and when the server stops it is cut off in the middle.

    Bad:

    ```python
    async def order(request: web.Request) -> web.Response:
        asyncio.create_task(send_mail(request.match_info["id"]))
        return web.Response()

    app.router.add_post("/orders/{id}", order)
    ```

    Good:

    ```python
    async def order(request: web.Request) -> web.Response:
        tasks = request.app[TASKS]
        task = asyncio.create_task(send_mail(request.match_info["id"]))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return web.Response()

    app.router.add_post("/orders/{id}", order)
    ```

    Reported in handlers, middlewares and signal callbacks, and in the functions of the file that handlers call.
    Named in full, by `ALL` or by the strict preset, the rule looks into every function, and reports tasks too that only
    sleep and then forget something (`codes.pop(code)`), or are the shutdown itself (`raise GracefulExit`). Silent for a
    `TaskGroup`, which keeps its tasks, for `create_task(…).add_done_callback(…)`, and for `create_task(queue.put(x))`,
    which ends with its first step unless the file makes a queue with a bound. A dropped `asyncio.gather(…)` is the same.
    """

    code = "AIO410"
    name = "task-not-retained"
    message = "task is kept by nobody: it may be collected while it waits, and shutdown doesn't wait for it; keep a reference"
    relaxed_in_tests = True
    practices = ("1.3", "8.6", "11.3", "16.8")
    equivalents = ("RUF006", "ASYNC300")
    mentions = (any_of(*STARTERS),)
    source = "https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task"

    def check(self, module: Module) -> Iterator[Finding]:
        everywhere = self.is_named(module)
        watched = (SERVED | ONCE) - {Role.ENTRY_POINT}
        for site in dropped_tasks(module):
            function = site.function
            assert function is not None, "code outside functions is left out"
            if not everywhere and (only_forgets(site) or ends_program(site)):
                continue
            if everywhere or module.roles_of(function) & watched or module.roles.caller(function) is not None:
                yield self.finding(module, site, _KEPT_BY_TIMERS if only_sleeps(site) else self.message)
