"""The descriptions of classes and their members in the source, for a schema.

Docstrings and source text are read here; no type of the platform is known.

How it works: Python does not keep the sentence under a field, so it is read from the syntax tree of the source.
"""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise


def summary(cls: type) -> str:
    """The first line of a class's docstring; empty if Python runs without docstrings."""
    return (cls.__doc__ or "").partition("\n")[0]


def of_members(module: str, name: str) -> dict[str, str]:
    """The sentences under a class's fields, by field; none without the source, as in a frozen program."""
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
