"""Changing the arguments of a call, in the layout that the call has."""

from __future__ import annotations

from typing import cast

import libcst as cst

from aiohttp_lint.fixes.expressions import fitted, parenthesised, parse_expression
from aiohttp_lint.fixes.pieces import has_comment
from aiohttp_lint.fixes.refusal import Refusal

_EQUAL = cst.AssignEqual(
    whitespace_before=cst.SimpleWhitespace(""), whitespace_after=cst.SimpleWhitespace("")
)


def keyword_argument(call: cst.Call, name: str) -> cst.Arg | None:
    """Return the keyword argument `name` of a call, None where it is not written there."""
    for argument in call.args:
        if argument.keyword is not None and argument.keyword.value == name:
            return argument
    return None


def _required(call: cst.Call, name: str) -> cst.Arg:
    argument = keyword_argument(call, name)
    if argument is None:
        raise Refusal(f"the call has no keyword argument {name!r}")
    return argument


def _with_argument(call: cst.Call, old: cst.Arg, new: cst.Arg) -> cst.Call:
    return call.with_changes(args=[new if argument is old else argument for argument in call.args])


def set_keyword(call: cst.Call, name: str, expression: cst.BaseExpression) -> cst.Call:
    """Give a call a keyword argument."""
    old = keyword_argument(call, name)
    if old is not None:
        return _with_argument(call, old, old.with_changes(value=_as_value(expression, old)))
    argument = cst.Arg(keyword=cst.Name(name), value=expression, equal=_EQUAL)
    argument = argument.with_changes(value=_as_value(expression, argument))
    return _append(call, argument)


def _as_value(expression: cst.BaseExpression, argument: cst.Arg) -> cst.BaseExpression:
    return fitted(expression, argument, argument.value)


def rename_keyword(call: cst.Call, name: str, new_name: str) -> cst.Call:
    """Call a keyword argument by another name."""
    old = _required(call, name)
    if keyword_argument(call, new_name) is not None:
        raise Refusal(f"the call has a keyword argument {new_name!r} already")
    return _with_argument(call, old, old.with_changes(keyword=cst.Name(new_name)))


def positional_arguments(call: cst.Call) -> list[cst.Arg]:
    """Return the positional arguments of a call, `*` ones included."""
    return [argument for argument in call.args if argument.keyword is None and argument.star != "**"]


def name_argument(call: cst.Call, index: int, name: str) -> cst.Call:
    """Turn the positional argument at `index` into a keyword argument.

    Raises:
        Refusal: It is not certain which argument that is, or the name is taken.
    """
    positional = positional_arguments(call)
    if index >= len(positional) or any(argument.star for argument in positional):
        raise Refusal(f"the call has no plain positional argument {index}")
    old = positional[index]
    if keyword_argument(call, name) is not None:
        raise Refusal(f"the call has a keyword argument {name!r} already")
    new = old.with_changes(keyword=cst.Name(name), equal=_EQUAL)
    return _with_argument(call, old, new.with_changes(value=_as_value(old.value, new)))


def _space_before(call: cst.Call, index: int) -> cst.BaseParenthesizableWhitespace:
    """Return the whitespace between the argument at `index` and the comma or parenthesis before it."""
    if index == 0:
        return call.whitespace_before_args
    comma = call.args[index - 1].comma
    return comma.whitespace_after if isinstance(comma, cst.Comma) else cst.SimpleWhitespace(" ")


def _next_line_like(
    model: cst.ParenthesizedWhitespace, after: cst.BaseParenthesizableWhitespace
) -> cst.ParenthesizedWhitespace:
    """Return a line break that indents as `model` does and keeps the comments that stand in `after`."""
    if isinstance(after, cst.ParenthesizedWhitespace):
        return after.with_changes(indent=model.indent, last_line=model.last_line)
    return cst.ParenthesizedWhitespace(indent=model.indent, last_line=model.last_line)


def _without_comments(whitespace: cst.BaseParenthesizableWhitespace) -> cst.BaseParenthesizableWhitespace:
    if isinstance(whitespace, cst.ParenthesizedWhitespace):
        return cst.ParenthesizedWhitespace(indent=whitespace.indent, last_line=whitespace.last_line)
    return whitespace


def _append(call: cst.Call, argument: cst.Arg) -> cst.Call:
    if not call.args:
        return call.with_changes(args=[argument])
    *others, last = call.args
    if isinstance(last.value, cst.GeneratorExp) and not last.value.lpar:
        last = last.with_changes(value=parenthesised(last.value))
    before = _space_before(call, len(others))
    end = last.comma.whitespace_after if isinstance(last.comma, cst.Comma) else last.whitespace_after_arg
    separator: cst.BaseParenthesizableWhitespace = cst.SimpleWhitespace(" ")
    if isinstance(before, cst.ParenthesizedWhitespace) and (
        others or isinstance(end, cst.ParenthesizedWhitespace)
    ):
        separator = _next_line_like(before, end)
    elif has_comment(end):
        separator = end
    if isinstance(last.comma, cst.Comma):
        new = argument.with_changes(comma=last.comma.with_changes(whitespace_after=_without_comments(end)))
        last = last.with_changes(comma=last.comma.with_changes(whitespace_after=separator))
        return call.with_changes(args=[*others, last, new])
    last = last.with_changes(
        comma=cst.Comma(whitespace_after=separator), whitespace_after_arg=cst.SimpleWhitespace("")
    )
    return call.with_changes(
        args=[*others, last, argument.with_changes(whitespace_after_arg=_without_comments(end))]
    )


def remove_keyword(call: cst.Call, name: str) -> cst.Call:
    """Take a keyword argument out of a call.

    Raises:
        Refusal: There is none, or a comment would go with it.
    """
    old = _required(call, name)
    index = list(call.args).index(old)
    after = old.comma.whitespace_after if isinstance(old.comma, cst.Comma) else old.whitespace_after_arg
    own = [part for part in (old.value, old.whitespace_after_arg, old.comma) if isinstance(part, cst.CSTNode)]
    if has_comment(*own):
        raise Refusal("a comment stands at the argument")
    rest = [argument for argument in call.args if argument is not old]
    if index < len(rest):
        if isinstance(after, cst.ParenthesizedWhitespace) and index:
            # The last of a line takes its line break along.
            previous = rest[index - 1]
            if isinstance(previous.comma, cst.Comma) and not isinstance(
                previous.comma.whitespace_after, cst.ParenthesizedWhitespace
            ):
                before_break = previous.comma.with_changes(whitespace_after=after)
                rest[index - 1] = previous.with_changes(comma=before_break)
        return call.with_changes(args=rest)
    before = _space_before(call, index)
    if not rest:
        if has_comment(before):
            raise Refusal("a comment stands at the argument")
        return call.with_changes(args=[], whitespace_before_args=cst.SimpleWhitespace(""))
    end = after
    if has_comment(before):
        model = after if isinstance(after, cst.ParenthesizedWhitespace) else before
        end = _next_line_like(cast("cst.ParenthesizedWhitespace", model), before)
    last = rest[-1]
    comma = last.comma
    if isinstance(old.comma, cst.Comma) and isinstance(comma, cst.Comma):
        last = last.with_changes(comma=comma.with_changes(whitespace_after=end))
    else:
        last = last.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=end)
    return call.with_changes(args=[*rest[:-1], last])


def replace_callee(call: cst.Call, callee: str) -> cst.Call:
    """Call something else with the same arguments."""
    return call.with_changes(func=fitted(parse_expression(callee), call, call.func))
