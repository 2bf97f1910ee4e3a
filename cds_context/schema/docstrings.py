"""What the source says about classes and their members, for the descriptions in a schema.

Reads docstrings and source text; knows no type of the platform.

How it works: the sentence under a field is no docstring that Python keeps, so it is read from the syntax tree.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise


def summary(cls: type) -> str:
    """The first line of a class's docstring; empty where Python was told to keep none."""
    return (cls.__doc__ or "").partition("\n")[0]


def of_members(module: str, name: str) -> dict[str, str]:
    """The sentences under a class's fields, by field; none where the source is not at hand, as in a frozen program."""
    body = _bodies(module).get(name, [])
    return {
        field.target.id: inspect.cleandoc(text.value.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


@cache
def _bodies(module: str) -> dict[str, list[ast.stmt]]:
    try:
        source = inspect.getsource(sys.modules[module])
    except OSError:
        return {}
    return {node.name: node.body for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
