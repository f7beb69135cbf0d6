"""A JSON Schema (2020-12) of the plan language, for editors: which keys there are, what each means, what form it has.

It refuses keys that are not known and texts of the wrong form. What only the whole plan can tell (whether a sensor is
there, whether units fit) is for `haccpline check`.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import core_schema

from rules.docstrings import told
from rules.kinds import KINDS
from rules.plan import LANGUAGE, Plan

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_LIMIT = "#/$defs/AnyLimit"
_LIKE = {
    "type": "string",
    "description": "A limit that this one copies: its id, or CCP/id; what is written here takes the place of what is"
    " copied. Id, name, basis and factors are never copied.",
}


_BY_PRODUCT = {
    "type": "object",
    "description": "What differs by product, by its id: such as {LM-340: {at_least: 121.0 degC}}. The limit becomes one for"
    " each, judged while its product is made.",
    "additionalProperties": {"type": "object", "minProperties": 1},
    "minProperties": 1,
}


class _Described(GenerateJsonSchema):
    """Descriptions come from docstrings; titles, which only repeat the keys, are left out."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        text, meanings = told(model)
        made["description"] = text
        for name, field in model.model_fields.items():
            if name in meanings:
                made["properties"][field.alias or name]["description"] = meanings[name]
        return made

    def get_title_from_name(self, name: str) -> str:  # noqa: ARG002 - pydantic's signature
        return ""


def plan_schema() -> dict[str, Any]:
    """The schema of a plan file as an engineer writes it: with `like` and references to the scheduled process."""
    mode: JsonSchemaMode = "validation"
    made: dict[str, Any] = _plainer(Plan.model_json_schema(schema_generator=_Described, mode=mode))
    made = _limits_by_kind(made)
    made["$defs"] |= _any_limit({name: made["$defs"][kind.model.__name__] for name, kind in KINDS.items()})
    return {
        "$schema": DIALECT,
        "$id": f"urn:haccpline:plan:{LANGUAGE}",
        "title": "haccpline plan",
        **made,
    }


def _plainer(schema: Any) -> Any:
    """Without titles, and without null: a key that says nothing is left out."""
    if isinstance(schema, list):
        return [_plainer(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    said = {key: each for key, each in schema.items() if key != "title" or isinstance(each, dict)}
    if said.get("default", said) is None:
        del said["default"]
    forms = [each for each in said.get("anyOf", ()) if each != {"type": "null"}]
    if len(forms) == 1:
        said |= {key: each for key, each in forms[0].items() if key not in said}
        del said["anyOf"]
    elif forms:
        said["anyOf"] = forms
    return {key: _plainer(each) for key, each in said.items()}


def _limits_by_kind(schema: Any) -> Any:
    """Wherever a limit of any kind may stand, the one definition of it: told apart by its kind, for plain messages."""
    if isinstance(schema, dict):
        if "discriminator" in schema:
            return {"$ref": _LIMIT}
        return {key: _limits_by_kind(each) for key, each in schema.items()}
    return [_limits_by_kind(each) for each in schema] if isinstance(schema, list) else schema


def _any_limit(kinds: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A limit by its kind; one that is like another, or differs by product, may have the keys of any kind."""
    every: dict[str, Any] = {}
    for schema in kinds.values():
        every |= schema["properties"]
    kind = {"enum": sorted(kinds), "description": "The kind of limit."}
    by_kind = [
        {
            "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
            "then": {"$ref": f"#/$defs/{model}"},
        }
        for name, model in sorted((name, KINDS[name].model.__name__) for name in kinds)
    ]
    return {
        "AnyLimit": {
            "type": "object",
            "properties": {"kind": kind, "like": _LIKE, "by_product": _BY_PRODUCT},
            "if": {"anyOf": [{"required": ["like"]}, {"required": ["by_product"]}]},
            "then": {"$ref": "#/$defs/LikeLimit"},
            "else": {"required": ["kind"], "allOf": by_kind},
        },
        "LikeLimit": {
            "type": "object",
            "description": "A limit that is like another, or differs by product.",
            "properties": every | {"kind": kind, "like": _LIKE, "by_product": _BY_PRODUCT},
            "required": ["id"],
            "anyOf": [{"required": ["like"]}, {"required": ["kind"]}],
            "additionalProperties": False,
        },
    }
