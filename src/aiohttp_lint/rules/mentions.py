"""Which rules have anything to ask of a file, by its words: what all of them mention, looked up at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiohttp_lint.rules.base import Rule


class Mentions:
    """What some rules mention; many ask for the same words.

    Args:
        rules: The rules, in the order in which they are to be given.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        # A bit for each set of words of which a file must hold one.
        bits: dict[frozenset[str], int] = {}
        self._needed: list[tuple[Rule, int]] = []
        for rule in rules:
            needed = 0
            for words in rule.mentions:
                needed |= bits.setdefault(words, 1 << len(bits))
            self._needed.append((rule, needed))
        self._sets_of: dict[str, int] = {}
        for words, bit in bits.items():
            for word in words:
                self._sets_of[word] = self._sets_of.get(word, 0) | bit
        self._known = frozenset(self._sets_of)

    def rules_for(self, words: frozenset[str]) -> list[Rule]:
        """Give the rules for which `Rule.is_mentioned` is true of a file of these words."""
        met = 0
        for word in self._known & words:
            met |= self._sets_of[word]
        return [rule for rule, needed in self._needed if needed & met == needed]
