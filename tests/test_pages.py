"""Pages as the tests run them: a code block that fails is told as the line of the page that it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from .pages import program, source

PAGE = """# A page

```python
one = 1
```

Text, and a block that is no Python:

```console
make test
```

```python
two = one / 0
```
"""


@pytest.fixture(name="page")
def page_in_a_file(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_text(PAGE, "utf-8")
    return path


def test_code_stands_on_the_lines_that_it_has_in_the_page(page: Path) -> None:
    lines = source(page).split("\n")
    assert {number: line for number, line in enumerate(lines, 1) if line} == {4: "one = 1", 14: "two = one / 0"}


def test_an_error_is_told_under_the_file_and_line_of_the_page(page: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        exec(program(page), {})  # noqa: S102
    last = caught.traceback[-1]
    assert (last.path, last.lineno + 1) == (page, 14)


def test_what_is_no_python_is_told_in_the_same_way(page: Path) -> None:
    page.write_text(PAGE.replace("/ 0", "/"), "utf-8")
    with pytest.raises(SyntaxError) as caught:
        program(page)
    assert (caught.value.filename, caught.value.lineno) == (str(page), 14)
