"""How the string keys of a project become typed ones: the plan, made once for all of its files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from aiohttp_lint.semantics.key_conversions import Entry, Plan, make_plan
from aiohttp_lint.semantics.key_definitions import Key

if TYPE_CHECKING:
    from aiohttp_lint.semantics.imports import Project
    from aiohttp_lint.semantics.module import Module


def plan_for(module: Module) -> Mapping[Key, Entry]:
    """Give what is to become of the string keys of a file, by its project; by itself where it stands alone."""
    path = os.path.abspath(module.path)
    project = module.project
    plan = None if project is None else project.key_plans.of(module)
    if plan is None:
        is_small = project is None or project.folders.around(path) is None
        obstacle = "" if is_small else "the project is too large to look for all that uses it"
        plan = make_plan({path: module}, is_whole=False, obstacle=obstacle)
    return plan.entries.get(path, {})


class Plans:
    """The plans of repositories, each made once, before any of its files is fixed.

    A file that was fixed may not change what becomes of the others, so a plan stays as it was made.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._plans: dict[str, Plan] = {}

    def adopt(self, plans: Mapping[str, Plan]) -> None:
        """Take over plans that another process made."""
        self._plans.update(plans)

    def by_folder(self) -> dict[str, Plan]:
        """Give the plans that were made."""
        return dict(self._plans)

    def prepare(self, path: str) -> None:
        """Make the plan of a file's folder, if there is none yet."""
        folder = self._project.folders.around(path)
        if folder is not None and folder not in self._plans:
            module = self._project.module_at(path)
            if module is not None:
                self.of(module)

    def of(self, module: Module) -> Plan | None:
        """Give the plan that a file is part of; None where its project is not known or too large."""
        folder = self._project.folders.around(os.path.abspath(module.path))
        paths = None if folder is None else self._project.every_file(module)
        if folder is None or paths is None:
            return None
        if folder not in self._plans:
            self._plans[folder] = self._made(paths, is_whole=not self._project.folders.is_package(folder))
        return self._plans[folder]

    def _made(self, paths: list[str], *, is_whole: bool) -> Plan:
        modules: dict[str, Module] = {}
        unread: dict[str, str] = {}
        templates: dict[str, str] = {}
        for path in paths:
            is_python = path.endswith(".py")
            module = self._project.module_at(path) if is_python else None
            if module is not None:
                modules[path] = module
            else:
                text = (self._project.read(path) or b"").decode(errors="replace")
                (unread if is_python else templates)[path] = text
        return make_plan(modules, unread=unread, templates=templates, is_whole=is_whole)
