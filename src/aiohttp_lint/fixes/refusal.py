"""Why a fix is not carried out."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - it is no error, the fix is left out
    """The fix can't be carried out exactly at this place; the message says what stands in the way."""
