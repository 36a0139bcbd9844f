"""What does an XML answer hold, when there is no schema to go by?"""

from typing import TypeAlias, Union

from lxml import etree

Tree: TypeAlias = Union[str, dict[str, "Tree"], list["Tree"]]  # noqa: UP007  (a string cannot be joined with |)


def read_tree(element: etree._Element) -> Tree:
    """Return the element's text, or its children by local name; children of one name become a list."""
    if not len(element):
        return (element.text or "").strip()
    found: dict[str, Tree] = {}
    for child in element:
        name = str(child.tag).rpartition("}")[2]
        value = read_tree(child)
        present = found.get(name)
        if isinstance(present, list):
            present.append(value)
        else:
            found[name] = value if present is None else [present, value]
    return found


def text_at(tree: Tree | None, *path: str) -> str:
    """Return the text at `path`, empty when there is none; of several elements of one name, the first counts."""
    found = member_at(tree, *path)
    return found if isinstance(found, str) else ""


def member_at(tree: Tree | None, *path: str) -> Tree | None:
    """Return what stands at `path`, `None` when nothing does; of several elements of one name, the first counts."""
    for name in path:
        if isinstance(tree, list):
            tree = tree[0]
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree[0] if isinstance(tree, list) else tree


def list_at(tree: Tree | None, name: str) -> list[Tree]:
    """Return all elements called `name`, none when there are none or when one is empty."""
    found = tree.get(name, []) if isinstance(tree, dict) else []
    return [one for one in (found if isinstance(found, list) else [found]) if one]
