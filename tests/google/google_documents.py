"""Google's own descriptions of its APIs, as they ship in the client: what may be asked, and what an answer looks like.

The stand-in finds its routes here and holds every request and every answer of its own to them, so that it cannot
drift from what the real client sends and expects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import googleapiclient
from google_errors import GoogleError, invalid, required

_FOLDER = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True)
class Method:
    """One method of an API; `parameters` are its own and those that all have."""

    id: str
    http_method: str
    path: re.Pattern[str]
    literal_parts: int
    parameters: Mapping[str, Any]
    scopes: tuple[str, ...]
    request: str
    response: str
    schemas: Mapping[str, Any]

    def values(self, in_path: Mapping[str, str], query: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Parameters with their types. Raises GoogleError 400 for one that is unknown, missing or wrong."""
        given = {name: [unquote(value)] for name, value in in_path.items()} | dict(query)
        for name in given:
            if name not in self.parameters:
                raise invalid(f'Unknown name "{name}": Cannot bind query parameter.', name)
        for name, parameter in self.parameters.items():
            if parameter.get("required") and name not in given:
                raise required(name)
        return {name: _parameter(name, self.parameters[name], values) for name, values in given.items()}

    def check_request(self, body: Any) -> None:
        """Raise GoogleError 400 where a body is not what the document describes."""
        if self.request and (wrong := next(problems(body, self.request, self.schemas), None)):
            raise GoogleError(400, "badRequest", f"Invalid JSON payload received. {wrong}")

    def check_response(self, body: Any) -> None:
        """Raise AssertionError where an answer of the stand-in is not what the document describes."""
        if self.response:
            wrong = list(problems(body, self.response, self.schemas))
            assert not wrong, f"{self.id} answers what its document does not describe: {'; '.join(wrong)}"


@cache
def methods(name: str) -> tuple[Method, ...]:
    """All methods of an API such as 'calendar.v3', those with the most literal paths first."""
    document = json.loads((_FOLDER / f"{name}.json").read_text())
    found = [_method(document, method) for method in _methods(document)]
    return tuple(sorted(found, key=lambda method: -method.literal_parts))


def find(name: str, http_method: str, path: str) -> tuple[Method, dict[str, str]] | None:
    """The method of an API that a request is for, and the parameters in its path. `path` is still quoted."""
    for method in methods(name):
        if method.http_method == http_method and (match := method.path.fullmatch(path)):
            return method, match.groupdict()
    return None


def _methods(resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from _methods(inner)


def _method(document: Mapping[str, Any], method: Mapping[str, Any]) -> Method:
    parts = re.split(r"\{(\+?\w+)\}", method["path"])
    path = ""
    for number, part in enumerate(parts):
        if number % 2 == 0:
            path += re.escape(part)
            continue
        name = part.removeprefix("+")
        pattern = method["parameters"][name].get("pattern", "^[^/]+$").strip("^$")
        path += f"(?P<{name}>{pattern})"
    return Method(
        id=method["id"],
        http_method=method["httpMethod"],
        path=re.compile(path),
        literal_parts=sum(len(part) for part in parts[::2]),
        parameters={**document["parameters"], **method.get("parameters", {})},
        scopes=tuple(method.get("scopes", ())),
        request=method.get("request", {}).get("$ref", ""),
        response=method.get("response", {}).get("$ref", ""),
        schemas=document["schemas"],
    )


def _parameter(name: str, parameter: Mapping[str, Any], values: Sequence[str]) -> Any:
    if len(values) > 1 and not parameter.get("repeated"):
        raise invalid(f"Parameter {name} is given more than once.", name)
    typed = [_typed(name, parameter, value) for value in values]
    return typed if parameter.get("repeated") else typed[0]


def _typed(name: str, parameter: Mapping[str, Any], value: str) -> Any:
    wrong = invalid(f"Invalid value '{value}' for {name}.", name)
    if "enum" in parameter and value not in parameter["enum"]:
        raise wrong
    if parameter["type"] == "boolean":
        if value not in ("true", "false"):
            raise wrong
        return value == "true"
    if parameter["type"] == "integer":
        if not re.fullmatch(r"-?\d+", value):
            raise wrong
        if not int(parameter.get("minimum", value)) <= int(value) <= int(parameter.get("maximum", value)):
            raise invalid(f"Invalid value '{value}'. Values must be within the range.", name)
        return int(value)
    if parameter.get("format") == "date-time" and not _RFC3339.fullmatch(value):
        raise wrong
    return value


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "any": (object,),
}


def problems(value: Any, schema: str, schemas: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """What is wrong with a value by a schema; null is a value that is not there."""
    yield from _problems(value, schemas[schema], schemas, at or schema)


def _problems(value: Any, schema: Mapping[str, Any], schemas: Mapping[str, Any], at: str) -> Iterator[str]:
    if value is None:
        return
    if "$ref" in schema:
        yield from problems(value, schema["$ref"], schemas, at)
        return
    if not isinstance(value, _TYPES[schema["type"]]) or (schema["type"] == "integer" and isinstance(value, bool)):
        yield f"{at} is not of type {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} is '{value}', which is none of its values"
    if schema.get("format") == "date-time" and not _RFC3339.fullmatch(value):
        yield f"{at} is no time: '{value}'"
    if schema["type"] == "array":
        for number, item in enumerate(value):
            yield from _problems(item, schema["items"], schemas, f"{at}[{number}]")
    if schema["type"] == "object":
        known, other = schema.get("properties", {}), schema.get("additionalProperties")
        for name, item in value.items():
            if name in known or other:
                yield from _problems(item, known.get(name, other), schemas, f"{at}.{name}")
            else:
                yield f'Unknown name "{name}" at {at}'
