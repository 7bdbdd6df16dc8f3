"""Write the OpenAPI document of the service from the list of its operations."""

from __future__ import annotations

from typing import Any

from recommender.serve.drafts import FIELDS
from recommender.serve.operations import OPERATIONS, STATUS_FIELDS, Operation, Own
from recommender.serve.parameters import Parameter, parameters_of
from recommender.serve.schema import list_of, object_schema, record_schema
from recommender.types import ArticleRef, Excluded, Hit, Paragraph, Recommendation
from recommender.version import __version__

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_ANSWERED: Json = {"snapshot": _TEXT, "encoder": _TEXT}


def schemas() -> Json:
    """Return the schema of each kind of answer."""
    named = list_of(_ref("ArticleRef"))
    related = {
        "article": _ref("ArticleRef"),
        "articles": named,
        "unlike": named,
        **_ANSWERED,
        "recommendations": list_of(_ref("Recommendation")),
        "nearest": _or_none("Recommendation"),
        "barred": list_of(_ref("Excluded")),
    }
    query = object_schema({"text": _TEXT, "passage_id": _TEXT}, [])
    search = {"query": query, **_ANSWERED, "hits": list_of(_ref("Hit")), "nearest": _or_none("Hit")}
    records = (ArticleRef, Hit, Recommendation, Excluded, Paragraph)
    return {
        **{one.__name__: record_schema(one) for one in records},
        "SearchAnswer": object_schema(search, list(search)),
        "RelatedAnswer": object_schema(
            related, ["article", "snapshot", "encoder", "recommendations"]
        ),
        "ListAnswer": _list(named),
        "Article": _article(),
        "Status": _status(),
        "Problem": object_schema(
            {
                "type": _TEXT,
                "title": _TEXT,
                "status": {"type": "integer"},
                "code": _TEXT,
                "detail": _TEXT,
                "suggestions": list_of(object_schema({"article_id": _TEXT, "title": _TEXT}, [])),
            },
            ["type", "title", "status", "code", "detail"],
        ),
    }


def _list(named: Json) -> Json:
    fields = {"words": _TEXT, "snapshot": _TEXT, "total": {"type": "integer"}, "articles": named}
    return object_schema(fields, list(fields))


def _article() -> Json:
    names = ("id", "title", "language", "date", "author", "source", "url", "section", "path")
    fields = {**dict.fromkeys((*names, "status", "text"), _TEXT), "metadata": {"type": "object"}}
    required = [*fields, "paragraphs"]
    limits = {"embargo": _TEXT, "expires": _TEXT, "marks": {"type": "array"}}
    return object_schema({**fields, **limits, "paragraphs": list_of(_ref("Paragraph"))}, required)


def _status() -> Json:
    fields = {name: {"type": kind} for name, kind in STATUS_FIELDS.items()}
    return object_schema(fields, list(fields))


def openapi() -> Json:
    """Return the document."""
    paths: Json = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "recommender",
            "version": __version__,
            "description": "Find related articles and passages in an archive of any language.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas(),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _operation(one: Operation) -> Json:
    found: Json = {
        "operationId": f"{one.method} {one.path}".lower().replace("/", "_").replace(" ", ""),
        "summary": one.summary,
        "responses": {
            "200": {"description": "The answer.", "content": _json(_ref(one.answer))},
            "304": {"description": "Nothing has changed since the answer with this ETag."},
            "default": {
                "description": "A refusal; code says why.",
                "content": {"application/problem+json": {"schema": _ref("Problem")}},
            },
        },
    }
    parameters = parameters_of(one.options) if one.options else ()
    if one.method == "GET":
        found["parameters"] = [*map(_own, one.own), *map(_parameter, parameters)]
    else:
        found["requestBody"] = {"required": True, "content": _json(_body(parameters))}
    return found


def _own(one: Own) -> Json:
    schema = list_of(_TEXT) | {"minItems": 1} if one.is_repeatable else _TEXT
    return {
        "name": one.name,
        "in": "query",
        "required": one.is_required,
        "description": one.help,
        "schema": schema,
        "example": [one.example] if one.is_repeatable else one.example,
    }


def _parameter(one: Parameter) -> Json:
    found: Json = {"name": one.name, "in": "query", "schema": one.schema()}
    if one.kind == "fields":
        found["name"] = f"{one.name}.FIELD"
        found["description"] = "Write the name of a field for FIELD, as in where.section=sport."
        found["schema"] = _TEXT
    return found


def _body(parameters: tuple[Parameter, ...]) -> Json:
    draft = object_schema(dict.fromkeys(FIELDS, _TEXT), ["text"])
    named = list_of({"anyOf": [object_schema({"id": _TEXT}, ["id"]), draft]})
    options = {one.name: one.schema() for one in parameters}
    return object_schema({**options, "like": named | {"minItems": 1}, "unlike": named}, ["like"])


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _or_none(name: str) -> Json:
    return {"anyOf": [_ref(name), {"type": "null"}]}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
