"""Source files: bytes to text as Python reads it, and back without a byte changed that no one meant to.

It loads nothing but the standard library.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import stat
import tempfile
import tokenize
from dataclasses import dataclass
from pathlib import Path


class SourceFileError(Exception):
    """A file can't be read or written; the message is one line for a person, without the path."""


class UnreadableSource(SourceFileError):
    """The file can't be opened or read."""


class UndecodableSource(SourceFileError):
    """The bytes are no text in the encoding that the file declares."""


class FileChanged(SourceFileError):
    """The file is no longer the one that was read."""


class UnwritableFile(SourceFileError):
    """The file can't be replaced."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was read.

    `text` has the line ends of the file and no byte order mark; `bom` tells whether the file has one.
    """

    path: Path
    content: bytes
    text: str
    encoding: str
    bom: bool


def decode_source(content: bytes) -> tuple[str, str, bool]:
    """Decode a source as Python does: by its byte order mark, its coding cookie (PEP 263), else as UTF-8.

    Args:
        content: The bytes of the file.

    Returns:
        The text (line ends kept, no byte order mark), the encoding, and whether there was a mark.

    Raises:
        UndecodableSource: The declared encoding is unknown, or the bytes don't fit it.
    """
    bom = content.startswith(codecs.BOM_UTF8)
    try:
        # The cookie search splits at `\n` only; Python itself takes every line end.
        head = b"\n".join(content[:4096].splitlines()[:2]) + b"\n"
        encoding, _ = tokenize.detect_encoding(io.BytesIO(head).readline)
        encoding = "utf-8" if bom else encoding
        return content.removeprefix(codecs.BOM_UTF8).decode(encoding), encoding, bom
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise UndecodableSource(_one_line(error)) from error


def read_source(path: Path) -> SourceFile:
    """Read a source file.

    Args:
        path: The file; symbolic links are followed.

    Returns:
        The file with its text.

    Raises:
        UnreadableSource: It can't be opened or read.
        UndecodableSource: It can be read, but not decoded.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableSource(_one_line(error)) from error
    text, encoding, bom = decode_source(content)
    return SourceFile(path, content, text, encoding, bom)


def write_source(original: SourceFile, text: str) -> None:
    """Replace a file by one with other text, at once and only if it is still the one that was read.

    Encoding, byte order mark, mode and, where the system allows it, the owner stay; a symbolic link stays a
    link. Nothing is left behind where it fails.

    Args:
        original: The file as `read_source` gave it.
        text: The new text, with the line ends that the file is to have.

    Raises:
        FileChanged: Its bytes are no longer those that were read, or it is gone.
        UnwritableFile: It can't be replaced, or the encoding lacks a character of the new text.
    """
    try:
        content = text.encode(original.encoding)
    except UnicodeEncodeError as error:
        raise UnwritableFile(_one_line(error)) from error
    if original.bom:
        content = codecs.BOM_UTF8 + content
    target = Path(os.path.realpath(original.path))
    _check_unchanged(target, original.content)
    try:
        status = target.stat()
        # A new file in the folder would replace one that its owner has locked against writing.
        if not os.access(target, os.W_OK):
            raise PermissionError(13, os.strerror(13))
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    except OSError as error:
        raise UnwritableFile(_one_line(error)) from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _copy_ownership(temporary, status)
        _check_unchanged(target, original.content)
        temporary.replace(target)
    except OSError as error:
        raise UnwritableFile(_one_line(error)) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def _check_unchanged(path: Path, content: bytes) -> None:
    try:
        unchanged = path.read_bytes() == content
    except OSError as error:
        raise FileChanged(f"it can't be read again: {_one_line(error)}") from error
    if not unchanged:
        raise FileChanged("it was changed by something else in the meantime")


def _copy_ownership(path: Path, status: os.stat_result) -> None:
    # The owner first: changing it clears the set-user-id bits of the mode.
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(path, status.st_uid, status.st_gid)
    path.chmod(stat.S_IMODE(status.st_mode))


def _one_line(error: Exception) -> str:
    message = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(message.split())
