"""Notes and where they are kept. Values always travel beside the SQL, never inside it.

Practices: 14.1, 15.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

    import aiosqlite

LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Note:
    """What somebody wrote."""

    id: int
    author: str
    text: str


async def notes_after(database: aiosqlite.Connection, after: int, limit: int) -> list[Note]:
    """Give the notes that follow an id, oldest first."""
    statement = "SELECT id, author, text FROM notes WHERE id > ? ORDER BY id LIMIT ?"
    async with database.execute(statement, (after, limit)) as rows:
        return [_note(row) async for row in rows]


async def note_with_id(database: aiosqlite.Connection, id: int) -> Note | None:
    """Give a note, or nothing where there is none."""
    async with database.execute("SELECT id, author, text FROM notes WHERE id = ?", (id,)) as rows:
        row = await rows.fetchone()
    return None if row is None else _note(row)


async def add_note(database: aiosqlite.Connection, author: str, text: str) -> Note:
    """Keep a note, and give it with its id."""
    async with database.execute("INSERT INTO notes (author, text) VALUES (?, ?)", (author, text)) as rows:
        assert rows.lastrowid is not None
        return Note(rows.lastrowid, author, text)


async def delete_note(database: aiosqlite.Connection, id: int) -> bool:
    """Forget a note, and tell whether it was there."""
    async with database.execute("DELETE FROM notes WHERE id = ?", (id,)) as rows:
        return rows.rowcount == 1


def _note(row: sqlite3.Row) -> Note:
    return Note(row["id"], row["author"], row["text"])
