"""The output of commands: text for people, JSON for machines, errors, and a progress bar. No context is known here.

No text of a payload can command the terminal. Colour and width are the terminal's; output to a file or a pipe has no
colour, no wrapping, and no space at the end of a line.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from ..display.visible import text, visible_json
from .layout import Hanging, Layout

_ENDLESS = 10_000
"""The width of files and pipes: so wide that no value is broken."""

_MANY = 20
"""The least number of steps for which a progress bar is shown."""


class _Console(Console):
    """A console that leaves a broken pipe to `cli.app`, and the cursor alone."""

    def on_broken_pipe(self) -> None:
        raise  # noqa: PLE0704 - rich calls this where it handles the error, and would end the program with 1

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002, FBT001, FBT002 - as rich calls it
        return False  # a bar would hide the cursor, and a signal that ends the process would leave it hidden


class Screen:
    """Standard output and standard error of one run of a command."""

    def __init__(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # for encodings that lack a character
        self._out = _Console(highlight=False, markup=False, emoji=False)
        self._err = _Console(highlight=False, markup=False, emoji=False, stderr=True)
        for console in (self._out, self._err):
            if not console.is_terminal and "COLUMNS" not in os.environ:
                console.width = _ENDLESS

    def show(self, *renderables: RenderableType) -> None:
        """Print on standard output, each on lines of its own."""
        for renderable in renderables:
            _print(self._out, renderable)

    def tell(self, *renderables: RenderableType) -> None:
        """Print on standard error, each on lines of its own."""
        for renderable in renderables:
            _print(self._err, renderable)

    def say(self, content: str | Text) -> None:
        """Print a line on standard output, and at once also where that is a pipe: for what goes on for long."""
        self.show(content if isinstance(content, Text) else text(content))
        self._out.file.flush()

    def complain(self, name: str, why: str) -> None:
        """Print on standard error what is wrong with a file."""
        self.tell(Text.assemble(text(name, "bold"), ": ", text(why, "red")))

    def write(self, document: bytes, *, is_text: bool = True) -> None:
        """Print text in UTF-8 on standard output, unchanged; on a terminal, control characters are escaped."""
        if is_text and self.is_terminal:
            document = visible_json(document.decode()).encode()
        sys.stdout.buffer.write(document + b"\n" * is_text)
        sys.stdout.flush()

    @property
    def is_terminal(self) -> bool:
        """Whether standard output is a terminal."""
        return sys.stdout.isatty()

    @contextmanager
    def progress(self, count: Callable[[], int]) -> Generator[Callable[[], None]]:
        """A function to call after each step; many steps show a bar on standard error, if that is a terminal."""
        # The streams are asked, not rich, because FORCE_COLOR makes rich take a file for a terminal.
        total = count() if self._err.file.isatty() else 0
        if total < _MANY:
            yield lambda: None
            return
        columns = (BarColumn(None), MofNCompleteColumn(), TimeRemainingColumn())
        out = self._out
        with Progress(
            *columns, console=self._err, transient=True, redirect_stdout=False, redirect_stderr=False
        ) as progress:
            task = progress.add_task("", total=total)
            if out.file.isatty():
                self._out = self._err  # only this console knows the position of the bar
            yield lambda: progress.advance(task)
        self._out = out

    @contextmanager
    def throughput(self) -> Generator[Callable[[int, int, int, int, int], None]]:
        """A function that shows how much is done of how much, and what was read, wrong, and its bytes, as a bar.

        Nothing is shown where standard error is no terminal.
        """
        if not self._err.file.isatty():
            yield _nothing
            return
        begun = monotonic()
        columns = (BarColumn(None), TextColumn("{task.description}"))
        with Progress(
            *columns, console=self._err, transient=True, redirect_stdout=False, redirect_stderr=False
        ) as progress:
            task = progress.add_task("", total=None)

            def show(done: int, total: int, read: int, wrong: int, size: int) -> None:
                speed = size / 1e6 / max(monotonic() - begun, 1e-3)
                said = f"{read:,} events  {wrong:,} errors  {speed:,.0f} MB/s"
                progress.update(task, completed=done, total=total, description=said)

            yield show


def _nothing(*_: object) -> None:
    pass


def _print(console: Console, renderable: RenderableType) -> None:
    if isinstance(renderable, Text):
        renderable = Hanging(renderable)
    if console.is_terminal:
        console.print(renderable)
    elif isinstance(renderable, Layout):
        # As rich would print it, in a tenth of the time; and rich would make all lines before it prints the first.
        console.file.writelines(f"{line.plain.rstrip()}\n" for line in renderable.lines(console.width))
    else:
        with console.capture() as capture:
            console.print(renderable)
        lines = capture.get().removesuffix("\n").split("\n")
        console.file.writelines(f"{line.rstrip()}\n" for line in lines)
