"""Why a fix is not carried out."""

from __future__ import annotations


class Refusal(Exception):
    """The fix can't be carried out exactly at this place; the message says what stands in the way."""
