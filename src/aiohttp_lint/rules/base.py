"""What a rule is: documentation, metadata and check on one page."""

from __future__ import annotations

import inspect
from enum import Enum
from typing import TYPE_CHECKING, ClassVar

from aiohttp_lint.findings import Applicability, Finding, Fix, Span
from aiohttp_lint.semantics.calls import CallSite
from aiohttp_lint.semantics.definitions import Class, Function
from aiohttp_lint.semantics.spelling import import_what_may_be_missing

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence

    from aiohttp_lint.edits import Edit
    from aiohttp_lint.findings import Related
    from aiohttp_lint.semantics.module import Module

DOCUMENTATION = "https://aiohttp-lint.readthedocs.io/rules"


class FixAvailability(Enum):
    """Whether a rule's findings can be fixed, and how far the fix may be trusted."""

    NONE = "none"
    SAFE = "safe"
    UNSAFE = "unsafe"
    MIXED = "safe or unsafe"


def any_of(*names: str) -> frozenset[str]:
    """Give the words of which a file holds one if it mentions one of these names, under whatever alias.

    `aiohttp.ClientSession` is written with `ClientSession`: what stands before the last dot may be another name here.
    """
    return frozenset(name.rpartition(".")[2] for name in names)


class Rule:
    """One thing that goes wrong in aiohttp code.

    A rule has a docstring (its first line says what is wrong; then why, with what happens at run time; `Bad:`
    and `Good:` with runnable examples; `Fix:`), the metadata below, and `check`. It keeps no state: it asks the
    module and yields findings.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    message: ClassVar[str]
    """One line: what happens first, then what to do."""
    fix: ClassVar[FixAvailability] = FixAvailability.NONE
    fixes_across_files: ClassVar[bool] = False
    """Whether what its fix does to one file rests on what it does to others."""
    opt_in: ClassVar[bool] = False
    """Off unless named by its full code or by the strict preset."""
    relaxed_in_tests: ClassVar[bool] = False
    """Silent in test files, and in examples, benchmarks and scripts."""
    practices: ClassVar[tuple[str, ...]] = ()
    """The practices of the catalogue that it serves: `6.1`, `K3`."""
    equivalents: ClassVar[tuple[str, ...]] = ()
    """Codes of other linters whose suppression on the line counts for this rule too."""
    versions: ClassVar[str] = "all"
    """The aiohttp versions that it applies to."""
    mentions: ClassVar[tuple[frozenset[str], ...]] = ()
    """What a file mentions if the rule has anything to say of it: of each set, one word at least.

    Asked of the text before any question about the code. The words have to stand in this very file: what may be
    written in another one (a base class, an annotation, the registration of a handler) doesn't belong here.
    """
    about: ClassVar[frozenset[str]] = frozenset()
    """What of aiohttp's API (canonical names) a file can hold, one of these at least, if the rule has anything to say of it.

    Asked of a file that stands alone: in a project, other files give it what they like.
    """
    source: ClassVar[str] = ""
    """The page of aiohttp's (or another project's) documentation that says so."""

    def check(self, module: Module) -> Iterator[Finding]:
        """Give what is wrong in a file."""
        raise NotImplementedError

    def is_named(self, module: Module) -> bool:
        """Tell whether the rule was asked for by its full code, by `ALL` or by the strict preset: it says more then."""
        return self.code in module.options.named

    def is_mentioned(self, words: frozenset[str]) -> bool:
        """Tell whether a file of these words can be one that the rule has something to say of."""
        return not any(map(words.isdisjoint, self.mentions))

    def is_concerned(self, module: Module) -> bool:
        """Tell whether a file can hold what the rule is about."""
        return not self.about or bool(module.at_hand.among(self.about))

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self.documentation.partition("\n")[0]

    @property
    def documentation(self) -> str:
        """The rule's page: the docstring, in Markdown."""
        return inspect.cleandoc(type(self).__doc__ or "")

    @property
    def url(self) -> str:
        """Where the page stands on the web."""
        return f"{DOCUMENTATION}#{self.code.lower()}"

    def finding(
        self,
        module: Module,
        place: ast.AST | CallSite | Function | Class | Span,
        message: str | None = None,
        *,
        related: Sequence[Related] = (),
        edits: Sequence[Edit] = (),
        fix: str = "",
        safe: bool | None = None,
    ) -> Finding:
        """Build a finding of this rule.

        Args:
            module: The file.
            place: What to underline: a node, or the call, function or class that has one.
            message: What happens here, where it differs from the rule's message.
            related: Places that explain it.
            edits: What repairs it; none where it can't be repaired here.
            fix: What the edits do, as an order: "Await the call".
            safe: Whether the edits are safe; as the rule declares where it is not said.
        """
        offered = None
        if edits and (self.fixes_across_files or not import_what_may_be_missing(module, edits)):
            if safe is None:
                safe = self.fix is FixAvailability.SAFE
            applicability = Applicability.SAFE if safe else Applicability.UNSAFE
            offered = Fix(fix, applicability, tuple(edits))
        return Finding(
            self.code,
            self.name,
            message or self.message,
            module.path,
            _span(module, place),
            tuple(related),
            offered,
        )


def _span(module: Module, place: ast.AST | CallSite | Function | Class | Span) -> Span:
    if isinstance(place, Span):
        return place
    if isinstance(place, CallSite):
        return module.span(place.node)
    if isinstance(place, Function | Class):
        return module.header_span(place.node)
    if hasattr(place, "body") and isinstance(place.body, list):
        return module.header_span(place)
    return module.span(place)
