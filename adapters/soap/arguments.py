"""Where in the request does each of our parameters stand?"""

from collections.abc import Iterator, Mapping

from adapters.contract import Json
from adapters.errors import BindingInvalid, CallUnacceptable
from adapters.soap.shapes import TEXT_MEMBER, Kind, Plan


class ArgumentPlaces:
    """Places a call's parameters and body in the shape of an operation's request.

    `arguments` maps an element's dotted path to `{Parameter}` or to a constant. A parameter that it does not name
    goes to the element of its own name: at the top of the message, else the only one of that name further down.
    """

    def __init__(self, plan: Plan, arguments: Mapping[str, str]) -> None:
        """Raises `BindingInvalid` when an element path is not in the request."""
        self._is_single = plan.request.kind not in (Kind.COMPLEX, Kind.GROUP)
        leaves = list(_leaves(plan, plan.request.shape, "", ())) if not self._is_single else [plan.request.name]
        unknown = [path for path in arguments if path not in leaves]
        if unknown:
            raise BindingInvalid(f"`arguments` names the element {unknown[0]!r}, which the request does not have")
        self._constants = {path: value for path, value in arguments.items() if not _is_parameter(value)}
        self._places: dict[str, list[str]] = {}
        for path, value in arguments.items():
            if _is_parameter(value):
                self._places.setdefault(value[1:-1], []).append(path)
        for path in leaves:
            self._places.setdefault(path, [path])
        nested = [path.rpartition(".")[2] for path in leaves]
        for path, name in zip(leaves, nested, strict=True):
            if nested.count(name) == 1:
                self._places.setdefault(name, [path])

    def place(self, parameters: Mapping[str, Json], body: Json) -> Json:
        """Return the request's values. A parameter wins over the body's member at the same place.

        Raises `CallUnacceptable` for a parameter that has no element, and for a body that is no object.
        """
        if body is not None and not isinstance(body, dict):
            raise CallUnacceptable(
                "body", vi="nội dung phải là một đối tượng JSON", en="the body must be a JSON object"
            )
        values: dict[str, Json] = dict(body or {})
        for path, constant in self._constants.items():
            _put(values, path, constant)
        for name, value in parameters.items():
            if value is None:
                continue
            if name not in self._places:
                raise CallUnacceptable(
                    name, vi=f"{name} không có trong thông điệp của dịch vụ.", en=f"{name} has no place in the request."
                )
            for path in self._places[name]:
                _put(values, path, value)
        return next(iter(values.values()), None) if self._is_single else values


def _is_parameter(value: str) -> bool:
    return value.startswith("{") and value.endswith("}")


def _leaves(plan: Plan, shape_index: int, at: str, above: tuple[int, ...]) -> Iterator[str]:
    if shape_index in above:
        return
    shape = plan.shapes[shape_index]
    prefix = f"{at}." if at else ""
    if shape.text is not None:
        yield f"{prefix}{TEXT_MEMBER}"
    for attribute in shape.attributes:
        yield f"{prefix}{attribute.name}"
    for element in shape.elements:
        if element.kind not in (Kind.COMPLEX, Kind.GROUP):
            yield f"{prefix}{element.name}"
        elif not element.many:
            yield from _leaves(plan, element.shape, f"{prefix}{element.name}", (*above, shape_index))


def _put(values: dict[str, Json], path: str, value: Json) -> None:
    *parents, last = path.split(".")
    for name in parents:
        inner = values.get(name)
        # A copy, so that the caller's own body is never changed.
        values[name] = inner = dict(inner) if isinstance(inner, dict) else {}
        values = inner
    values[last] = value
