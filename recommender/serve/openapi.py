"""Write the OpenAPI document of the service from the list of its operations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from recommender.serve.actions import ACTIONS, Action
from recommender.serve.drafts import FIELDS
from recommender.serve.operations import MAX_BATCH, OPERATIONS, STATUS_FIELDS
from recommender.serve.parameters import Parameter, parameters_of
from recommender.serve.questions import Operation, Own
from recommender.serve.schema import list_of, object_schema, record_schema
from recommender.serve.writing import Write
from recommender.types import (
    ArticleRef,
    Duplicates,
    Evidence,
    Excluded,
    Hit,
    NewsItem,
    Paragraph,
    Recommendation,
    Sentences,
    Story,
)
from recommender.version import __version__

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_INTEGER: Json = {"type": "integer"}
_NOTICES: Json = {"notices": {"type": "array", "items": _TEXT}}
_ANSWERED: Json = {"snapshot": _TEXT, "encoder": _TEXT}
_PAGE: Json = {"limit": _INTEGER, "offset": _INTEGER, "more": {"type": "boolean"}}


_IF_MATCH: Json = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of the rules as they were read, or * for any.",
    "schema": _TEXT,
}
_REFUSAL: Json = {
    "description": "A refusal; code says why.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def schemas() -> Json:
    """Return the schema of each kind of answer."""
    named = list_of(_ref("ArticleRef"))
    related = {
        "article": _ref("ArticleRef"),
        "articles": named,
        "unlike": named,
        **_ANSWERED,
        **_NOTICES,
        "recommendations": list_of(_ref("Recommendation")),
        "nearest": _or_none("Recommendation"),
        "barred": list_of(_ref("Excluded")),
        **_PAGE,
    }
    query = object_schema({"text": _TEXT, "passage_id": _TEXT}, [])
    hits = {"hits": list_of(_ref("Hit")), "nearest": _or_none("Hit")}
    search = {"query": query, **_ANSWERED, "query_language": _TEXT, **_NOTICES, **hits, **_PAGE}
    records = (
        *(ArticleRef, Hit, Recommendation, Excluded, Paragraph, Sentences),
        *(Story, Duplicates, NewsItem),
    )
    return {
        **{one.__name__: record_schema(one) for one in records},
        "SearchAnswer": object_schema(search, list(search)),
        "RelatedAnswer": object_schema(
            related, ["article", "snapshot", "encoder", "recommendations"]
        ),
        "ListAnswer": _list(named),
        **_of_archive(named),
        "Comparison": _comparison(),
        "Fragment": _TEXT,
        "Write": record_schema(Write),
        "Rules": _rules(),
        "Article": _article(),
        "Status": _status(),
        "Problem": _problem(),
    }


def _problem() -> Json:
    needed = {"type": _TEXT, "title": _TEXT, "status": _INTEGER, "code": _TEXT, "detail": _TEXT}
    suggestions = list_of(object_schema({"article_id": _TEXT, "title": _TEXT}, []))
    return object_schema({**needed, "suggestions": suggestions}, list(needed))


def _of_archive(named: Json) -> Json:
    """Return the schemas of answers about the whole archive."""
    return {
        "BeforeAnswer": _before(named),
        "StoriesAnswer": _groups("stories", "Story"),
        "DuplicatesAnswer": _groups("groups", "Duplicates"),
        "News": _news(),
        "Look": _look(),
    }


def _list(named: Json) -> Json:
    articles = {"articles": named, "nearest": named}
    fields = {"words": _TEXT, "snapshot": _TEXT, "total": _INTEGER, **_NOTICES, **articles, **_PAGE}
    return object_schema(fields, list(fields))


def _before(named: Json) -> Json:
    recommendations = {
        "recommendations": list_of(_ref("Recommendation")),
        "nearest": _or_none("Recommendation"),
    }
    fields = {"articles": named, **_ANSWERED, "until": _TEXT, **_NOTICES, **recommendations}
    fields |= _PAGE
    return object_schema(fields, list(fields))


def _groups(name: str, record: str) -> Json:
    records = {name: list_of(_ref(record))}
    fields = {"snapshot": _TEXT, "total": _INTEGER, **_NOTICES, **records, **_PAGE}
    return object_schema(fields, list(fields))


def _news() -> Json:
    fields = {"snapshot": _TEXT, "news": list_of(_ref("NewsItem")), **_PAGE}
    return object_schema(fields, list(fields))


def _look() -> Json:
    problem = {"watch": _TEXT, "reason": _TEXT}
    fields = {
        "snapshot": _TEXT,
        "watches": _INTEGER,
        "looked_at": _INTEGER,
        "is_first": {"type": "boolean"},
        "news": list_of(_ref("NewsItem")),
        "problems": list_of(object_schema(problem, list(problem))),
    }
    return object_schema(fields, list(fields))


def _rules() -> Json:
    rule = {"line": _INTEGER, "kind": _TEXT, "ids": list_of(_TEXT), "note": _TEXT}
    fields = {
        "version": _TEXT,
        "rules": list_of(object_schema(rule, list(rule))),
        "problems": list_of(_TEXT),
        "unknown": list_of(_TEXT),
    }
    return object_schema(fields, list(fields))


def _comparison() -> Json:
    sentences = list_of(_ref("Sentences"))
    pair = record_schema(Evidence)["properties"]
    pair |= {"sentences": sentences, "other_sentences": sentences}
    fields = {
        "snapshot": _TEXT,
        "a": _ref("ArticleRef"),
        "b": _ref("ArticleRef"),
        "relation": _TEXT,
        "strength": {"type": "number"},
        "pairs": list_of(object_schema(pair, list(pair))),
    }
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
    for action in ACTIONS:
        paths.setdefault(action.path, {})[action.method.lower()] = _action(action)
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
        "operationId": _operation_id(one.method, one.path),
        "summary": one.summary,
        "responses": {
            "200": {
                "description": "The answer.",
                "content": {one.media: {"schema": _ref(one.answer)}},
            },
            "304": {"description": "Nothing has changed since the answer with this ETag."},
            "default": _REFUSAL,
        },
    }
    parameters = [
        parameter
        for parameter in (parameters_of(one.options) if one.options else ())
        if parameter.name not in (("k", "unlike", "explain") if one.is_batch else ("k", "offset"))
    ]
    if one.method == "GET":
        found["parameters"] = [*map(_own, one.own), *map(_parameter, parameters)]
    else:
        found["requestBody"] = {"required": True, "content": _json(_body(one, parameters))}
    return found


def _action(one: Action) -> Json:
    answered: Json = {"description": "Done." if one.status == 200 else "Taken."}
    if one.answer:
        answered["content"] = _json(_ref(one.answer))
    inner = [Own(name, "As the answer to the request named it.") for name in _in_path(one.path)]
    parameters = [*map(_own, one.own), *({**_own(own), "in": "path"} for own in inner)]
    if one.path == "/v1/rules" and one.method != "GET":
        parameters.append(_IF_MATCH)
    found: Json = {
        "operationId": _operation_id(one.method, one.path),
        "summary": one.summary,
        "parameters": parameters,
        "responses": {str(one.status): answered, "default": _REFUSAL},
    }
    if one.needs != "read":
        found["security"] = [{"token": []}] if one.needs != "signature" else []
    if one.body is not None:
        found["requestBody"] = {"required": True, "content": _json(one.body)}
    return found


def _in_path(path: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", path)


def _operation_id(method: str, path: str) -> str:
    return re.sub(r"\W+", "_", f"{method.lower()} {path}").strip("_")


def _own(one: Own) -> Json:
    found: Json = {
        "name": one.name,
        "in": "query",
        "required": one.is_required,
        "description": one.help,
        "schema": _own_schema(one),
    }
    if one.example:
        found["example"] = [one.example] if one.is_repeatable else one.example
    return found


def _own_schema(one: Own) -> Json:
    schema = {"type": one.kind}
    return list_of(schema) | {"minItems": 1} if one.is_repeatable else schema


def _parameter(one: Parameter) -> Json:
    found: Json = {"name": one.name, "in": "query", "description": one.help}
    if one.kind == "fields":
        found["name"] = f"{one.name}.FIELD"
        found["description"] = "Only articles with this value in a field: where.section=sport."
        return found | {"schema": _TEXT}
    return found | {"schema": one.schema()}


def _body(one: Operation, parameters: Sequence[Parameter]) -> Json:
    """Return the schema of a body: the options beside the ids or drafts of the question."""
    options = {own.name: {**_own_schema(own), "description": own.help} for own in one.own}
    options |= {each.name: {**each.schema(), "description": each.help} for each in parameters}
    if one.is_batch:
        ids = list_of(_TEXT) | {"minItems": 1, "maxItems": MAX_BATCH}
        ids["description"] = f"The ids of the articles to answer, at most {MAX_BATCH}."
        return object_schema({**options, "ids": ids}, ["ids"])
    draft = object_schema(dict.fromkeys(FIELDS, _TEXT), ["text"])
    named = list_of({"anyOf": [object_schema({"id": _TEXT}, ["id"]), draft]})
    like = "The articles and drafts to answer, by their ids or with their texts."
    liked = {**options, "like": named | {"minItems": 1, "description": like}}
    if "unlike" in options:
        liked["unlike"] = named | {"description": options["unlike"]["description"]}
    return object_schema(liked, ["like"])


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _or_none(name: str) -> Json:
    return {"anyOf": [_ref(name), {"type": "null"}]}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}
