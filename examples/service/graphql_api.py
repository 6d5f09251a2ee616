"""A GraphQL endpoint: one POST route, and graphql-core for the rest.

Practices: 16.4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web
from graphql import GraphQLError, GraphQLResolveInfo, build_schema, graphql

from .keys import DATABASE
from .notes import Note, note_with_id, notes_after
from .validation import bad_request, json_object, text_field

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_QUERY = 4000
LARGEST_PAGE = 100

SCHEMA = build_schema(
    """
    type Note {
        id: Int!
        author: String!
        text: String!
    }

    type Query {
        note(id: Int!): Note
        notes(after: Int = 0, first: Int = 20): [Note!]!
    }
    """
)


class Query:
    """The fields of the query type; the context is the request."""

    async def note(self, info: GraphQLResolveInfo[web.Request], id: int) -> Note | None:
        """Give one note."""
        return await note_with_id(info.context.config_dict[DATABASE], id)

    async def notes(self, info: GraphQLResolveInfo[web.Request], after: int, first: int) -> list[Note]:
        """Give the notes after an id."""
        if not 0 <= first <= LARGEST_PAGE:
            raise GraphQLError(f"first must be 0 to {LARGEST_PAGE}")
        return await notes_after(info.context.config_dict[DATABASE], after, first)


async def query(request: web.Request) -> web.Response:
    """Answer a query; the status is 400 when it is none, errors of fields stand in the answer."""
    body = await json_object(request)
    source = text_field(body, "query", LONGEST_QUERY)
    variables: Mapping[str, object] | None = body.get("variables")
    if not isinstance(variables, (dict, type(None))):
        raise bad_request("variables must be an object")
    result = await graphql(
        SCHEMA, source, root_value=Query(), context_value=request, variable_values=variables
    )
    return web.json_response(result.formatted, status=400 if result.data is None and result.errors else 200)
