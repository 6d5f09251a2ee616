"""The reference system broken on purpose, one practice at a time: each break is found by the rule that claims it."""
