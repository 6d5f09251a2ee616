from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from aiohttp_lint.source_files import (
    FileChanged,
    SourceFile,
    SourceFileError,
    UndecodableSource,
    UnreadableSource,
    UnwritableFile,
    decode_source,
    read_source,
    write_source,
)


def stored(path: Path, content: bytes) -> SourceFile:
    path.write_bytes(content)
    return read_source(path)


@pytest.mark.parametrize(
    ("cookie", "encoding", "text"),
    [
        ("", "utf-8", "ä€"),
        ("# -*- coding: latin-1 -*-\n", "iso-8859-1", "ä"),
        ("#!/usr/bin/python\n# vim: set fileencoding=shift_jis :\n", "shift_jis", "日本"),
        ("#!/usr/bin/python\r# coding=euc-jp\r", "euc-jp", "日本"),
        ("# coding: euc-jp\r\n", "euc-jp", "日本"),
    ],
)
def test_encodings_go_round(tmp_path: Path, cookie: str, encoding: str, text: str) -> None:
    content = f"{cookie}x = '{text}'\r\n".encode(encoding)
    source = stored(tmp_path / "a.py", content)
    assert source.text == f"{cookie}x = '{text}'\r\n"
    assert not source.bom
    write_source(source, source.text.replace("x =", "y ="))
    assert source.path.read_bytes() == content.replace(b"x =", b"y =")


def test_byte_order_mark_stays(tmp_path: Path) -> None:
    source = stored(tmp_path / "a.py", b"\xef\xbb\xbfx = 1\n")
    assert (source.text, source.bom, source.encoding) == ("x = 1\n", True, "utf-8")
    write_source(source, "x = 2\n")
    assert source.path.read_bytes() == b"\xef\xbb\xbfx = 2\n"


@pytest.mark.parametrize(
    "content",
    [
        b"x = '\xe4'\n",
        b"# coding: nonsense\n",
        b"# coding: latin-1\nx\n".join([b"\xef\xbb\xbf", b""]),
        "x = 1\n".encode("utf-16"),
        b"# coding: shift_jis\nx = '\x81'\n",
    ],
)
def test_undecodable(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UndecodableSource) as caught:
        stored(tmp_path / "a.py", content)
    assert str(caught.value)
    assert "\n" not in str(caught.value)


def test_decoded_as_python_does(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"#!x\r# coding: latin-1\rprint(ascii('\xe4'))\r")
    run = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == ascii("'ä'")[1:-1]
    assert "ä" in decode_source(path.read_bytes())[0]


def test_unreadable(tmp_path: Path) -> None:
    (tmp_path / "dangling.py").symlink_to(tmp_path / "nothing")
    for path in (tmp_path, tmp_path / "nothing.py", tmp_path / "dangling.py"):
        with pytest.raises(UnreadableSource) as caught:
            read_source(path)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o755, 0o640, 0o4711])
def test_mode_stays(tmp_path: Path, mode: int) -> None:
    source = stored(tmp_path / "a.py", b"x = 1\n")
    source.path.chmod(mode)
    write_source(source, "x = 2\n")
    assert stat.S_IMODE(source.path.stat().st_mode) == mode
    assert os.listdir(tmp_path) == ["a.py"]


def test_symbolic_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "a.py"
    target.write_bytes(b"x = 1\n")
    link = tmp_path / "link.py"
    link.symlink_to(target)
    write_source(read_source(link), "x = 2\n")
    assert link.is_symlink()
    assert target.read_bytes() == b"x = 2\n"
    assert sorted(os.listdir(tmp_path)) == ["link.py", "real"]


def test_changed_file_is_left_alone(tmp_path: Path) -> None:
    source = stored(tmp_path / "a.py", b"x = 1\n")
    source.path.write_bytes(b"x = 3\n")
    with pytest.raises(FileChanged):
        write_source(source, "x = 2\n")
    assert source.path.read_bytes() == b"x = 3\n"
    source.path.unlink()
    with pytest.raises(FileChanged):
        write_source(source, "x = 2\n")
    source.path.mkdir()
    with pytest.raises(FileChanged):
        write_source(source, "x = 2\n")
    assert os.listdir(tmp_path) == ["a.py"]
    assert os.listdir(source.path) == []


def test_character_that_the_encoding_lacks(tmp_path: Path) -> None:
    content = b"# coding: latin-1\nx = 1\n"
    source = stored(tmp_path / "a.py", content)
    with pytest.raises(UnwritableFile) as caught:
        write_source(source, source.text + "y = '€'\n")
    assert "\n" not in str(caught.value)
    assert source.path.read_bytes() == content


def test_folder_in_which_no_file_can_be_made() -> None:
    # Even root can't make a file below /proc.
    path = Path("/proc/self/comm")
    if not path.exists():
        path = Path(os.devnull)
    source = read_source(path)
    with pytest.raises(SourceFileError):
        write_source(source, "x")
