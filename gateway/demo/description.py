"""How does the README list the demo's databases, objects and columns? Made from the forms, so that it cannot lie."""

from collections.abc import Iterator

from gateway.demo.databases import DATABASES, SANDBOX
from gateway.demo.databases.form import Database, DataObject, ProviderOperation, Technology

BEGIN = "<!-- made by gateway.demo.description; do not edit below -->"


def describe() -> str:
    """The part of the README that lists everything, in Markdown."""
    return "\n".join(line for database in (*DATABASES, SANDBOX) for line in _database(database)) + "\n"


def _database(database: Database) -> Iterator[str]:
    yield f"## {database.code}: {database.title_vi}\n"
    place = f"`{database.mount}`" if database.mount else f"`{database.source}`"
    yield f"{database.technology.value}, {place}, proof: {database.proof.value}"
    if database.namespace:
        yield f", namespace `{database.namespace}`"
    yield ""
    for one in database.objects:
        yield from _object(one)


def _object(one: DataObject) -> Iterator[str]:
    where = f": `{one.source}`" if one.source else ""
    yield f"### {one.code}: {one.title_vi}{where}\n"
    yield from (_operation(operation, one.technology) for operation in one.operations)
    if one.operations:
        yield ""
    yield "| field | column | type | class | key, filter | title |"
    yield "|---|---|---|---|---|---|"
    for column in one.columns:
        mark = "key" if column.key else "filter" if column.filterable else ""
        yield (
            f"| {column.field} | {column.column} | {column.type.value} | {column.class_.value} | {mark} |"
            f" {column.title_vi} |"
        )
    yield ""


def _operation(operation: ProviderOperation, technology: Technology) -> str:
    verb = "" if technology is Technology.SOAP else f"{operation.method} "
    parts = [f"- `{verb}{operation.path}` {operation.title_vi}; rows `{operation.rows or '(the answer)'}`"]
    given = [*operation.parameters, *(name for name, _ in operation.body)]
    if given:
        names = (f"**{name}**" if name in operation.required else name for name in given)
        parts.append(f"parameters {', '.join(names)}")
    if operation.envelope:
        parts.append(f"beside the rows {', '.join(name for name, _ in operation.envelope)}")
    if not operation.safe:
        parts.append("unsafe")
    return "; ".join(parts)
