# SPDX-License-Identifier: Apache-2.0
"""Keyword options: the library says once what they are, and docstrings repeat it."""
import textwrap
import warnings
from typing import Any, Callable, Iterable, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def with_options(described: Iterable[tuple[str, str, str, str]]) -> Callable[[Function], Function]:
    """Appends the section "Other Parameters" to a docstring: (name, type, default, sentence) each."""
    def append(function: Function) -> Function:
        lines = ["", "", "    Other Parameters", "    ----------------"]
        for name, kind, default, sentence in described:
            lines.append(f"    {name} : {kind}, default {default or repr('')}")
            lines += textwrap.wrap(sentence, 110, initial_indent=" " * 8, subsequent_indent=" " * 8)
        function.__doc__ = (function.__doc__ or "").rstrip() + "\n".join(lines) + "\n"
        return function
    return append


def warn(sentences: Iterable[str]) -> None:
    """Python warnings of what was odd about the input."""
    for sentence in sentences:
        warnings.warn(sentence, stacklevel=3)
