"""Imports the student's code from memory: no file of a submission exists inside the sandbox."""

from __future__ import annotations

import ast
import contextlib
import importlib.abc
import importlib.util
import linecache
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import CodeType, FrameType, FunctionType, ModuleType, TracebackType
from typing import Any

import attempts
import python2
from describe import short

ROOT = "<submission>/"  # in front of every file name, so that tracebacks can be trimmed to them


class _Missing:
    """Bound where an import failed in a rescue: complains when it is used, not before.

    As a decorator, as `numba.njit` is one, it leaves the function as it is.
    """

    def __init__(self, why: str) -> None:
        self._why = why

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: object, **kwargs: object) -> object:
        if kwargs and not args:
            return self  # a decorator's settings
        if len(args) == 1 and isinstance(args[0], (FunctionType, type)):
            return args[0]
        raise ImportError(self._why)


def _only_definitions(tree: ast.Module) -> ast.Module:
    """The imports, functions, classes and simple constants of a module, nothing that runs."""
    kept = []
    for node in tree.body:
        if _is_future(node):
            kept.append(node)  # it may stand at the beginning only, not inside a `try`
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            kept.append(_guarded(node))
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)) or _is_constant(node):
            kept.append(node)
    tree.body = kept
    return tree


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_constant(node: ast.stmt) -> bool:
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
        return False
    calls = (child for child in ast.walk(node.value) if isinstance(child, ast.Call))
    return isinstance(node.value, ast.Lambda) or next(calls, None) is None


def _guarded(node: ast.Import | ast.ImportFrom) -> ast.Try:
    """The import inside a try that binds its names to `_Missing` where it fails."""
    guarded = ast.parse("try:\n    pass\nexcept Exception as error:\n    pass").body[0]
    assert isinstance(guarded, ast.Try)
    names = [(alias.asname or alias.name).split(".")[0] for alias in node.names]
    lines = [f"{name} = __missing__(repr(error))" for name in names if name.isidentifier()]
    guarded.body = [node]
    guarded.handlers[0].body = ast.parse("\n".join(lines) or "pass").body
    for child in ast.walk(guarded):
        if "lineno" in getattr(child, "_attributes", ()) and child is not node:
            ast.copy_location(child, node)
    return guarded


class StudentCode(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The modules of one submission, found by name in memory.

    Parameters
    ----------
    sources : dict
        Module name -> (path as the student knows it, source text).
    main : str
        Name of the module that holds the class.
    class_name : str
        Name of the class that the lab asks for.
    rescue : bool
        Run the definitions of the main module and its package alone: for code that does not get
        through an import (it trains, plots or reads files at the top level).
    """

    def __init__(
        self, sources: dict[str, tuple[str, str]], main: str, class_name: str, rescue: bool = False
    ) -> None:
        self.sources = sources
        self.main = main
        self.class_name = class_name
        self.rescue = rescue
        self.attempts = attempts.Attempts(ROOT)
        self.is_python2 = False  # whether some module had to be read as one of Python 2

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self.sources and not self._is_package(name):
            return None
        return importlib.util.spec_from_loader(name, self, is_package=self._is_package(name))

    def _is_package(self, name: str) -> bool:
        return any(other.startswith(name + ".") for other in self.sources)

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        path, text = self.sources.get(name, (name.replace(".", "/") + "/__init__.py", ""))
        filename = ROOT + path
        module.__file__ = filename
        linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        code = self._compiled(name, text, filename, module)
        old_names = python2.old_names_in(code, text)
        module.__dict__.update({one: python2.NAMES[one] for one in old_names})
        exec(code, module.__dict__)
        # The module may define such a name itself, after all.
        self.is_python2 |= any(module.__dict__.get(one) is python2.NAMES[one] for one in old_names)

    def _compiled(self, name: str, text: str, filename: str, module: ModuleType) -> CodeType:
        """The module's code; what Python 3 cannot read is read as Python 2, if it is that."""
        try:
            return self._compiled_3(name, text, filename, module)
        except SyntaxError as error:
            translated = python2.translate(text)
            try:
                code = self._compiled_3(name, translated or text, filename, module)
            except SyntaxError:
                raise error from None
        self.is_python2 = True
        self.sources[name] = self.sources[name][0], translated or text
        return code

    def _compiled_3(self, name: str, text: str, filename: str, module: ModuleType) -> CodeType:
        # A tree is made where something is changed in it alone: that takes four times as long.
        source: str | ast.Module = text
        if python2.uses_old_methods(text):
            source = python2.OldMethods().visit(ast.parse(text, filename))
            self.is_python2 = True
        if name == self.main:
            source = self.prepare_main(source, filename, module)
        if self.rescue and f"{self.main}.".startswith(f"{name}."):  # it, or a package around it
            module.__dict__["__missing__"] = _Missing
            source = _only_definitions(parsed(source, filename))
        if isinstance(source, ast.Module):
            ast.fix_missing_locations(source)
        return compile(source, filename, "exec", dont_inherit=True)

    def prepare_main(
        self, source: str | ast.Module, filename: str, module: ModuleType
    ) -> str | ast.Module:
        """The text or tree that is compiled for the main module; a lab may change it."""
        return source

    def load(self) -> type[Any]:
        """Import the main module; its class is the result, or ImportError says why not."""
        sys.meta_path.insert(0, self)
        self.attempts.watch()
        module = importlib.import_module(self.main)
        # Pickles made in a notebook name their class after the notebook's own module.
        sys.modules["__main__"] = module
        found = getattr(module, self.class_name, None)
        if not isinstance(found, type):
            path = self.sources[self.main][0]
            raise ImportError(f"there is no class {self.class_name} in {path}")
        return found

    def namespaces(self) -> Iterator[dict[str, Any]]:
        """What the submission's modules and their classes hold by name."""
        for name in self.sources:
            module = sys.modules.get(name)
            if module is not None:
                yield dict(vars(module))
                yield from (
                    dict(vars(one))
                    for one in list(vars(module).values())
                    if isinstance(one, type) and one.__module__ == name
                )


def parsed(source: str | ast.Module, filename: str) -> ast.Module:
    """The tree of a source that may be one already."""
    return ast.parse(source, filename) if isinstance(source, str) else source


def explain(error: BaseException) -> str:
    """The student's own part of a traceback, as text."""
    lines = []
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith(ROOT) and frame.filename != ROOT:
            lines.append(f"{frame.filename[len(ROOT) :]}, line {frame.lineno}, in {frame.name}")
            lines.append(f"    {(frame.line or '').strip()[:200]}")
    if isinstance(error, SyntaxError) and error.filename and error.filename.startswith(ROOT):
        lines.append(f"{error.filename[len(ROOT) :]}, line {error.lineno}")
        lines.append(f"    {(error.text or '').strip()[:200]}")
        message: object = error.msg
    else:
        message = error
    try:
        message = str(message)
    except BaseException:  # a hostile __str__
        message = "(its message could not be shown)"
    if len(lines) > 24:  # a recursion: where it began and where it ended
        lines = [*lines[:8], f"[... {len(lines) - 16} lines left out ...]", *lines[-8:]]
    lines.append(f"{type(error).__name__}: {message}" if message else type(error).__name__)
    return short("\n".join(lines))


def locals_at_end(function: str, call: Callable[[], object]) -> list[object]:
    """Values of the local variables that the student's `function` has when it ends in `call`.

    However it ends: an error, too, leaves what was worked out before it.
    """
    values: list[object] = []

    def watch(frame: FrameType, event: str, arg: object) -> None:
        code = frame.f_code
        if event == "return" and code.co_name == function and code.co_filename.startswith(ROOT):
            values[:] = list(frame.f_locals.values())

    sys.setprofile(watch)
    try:
        with contextlib.suppress(BaseException):
            call()
    finally:
        sys.setprofile(None)
    return values


def local_in(error: BaseException, function: str, name: str) -> Any:
    """A local variable of the outermost call of the student's `function` that an error left."""
    trace = _outermost(error, function)
    return trace and trace.tb_frame.f_locals.get(name)


def line_in(error: BaseException, function: str) -> int | None:
    """The line at which the outermost call of the student's `function` was left by an error."""
    trace = _outermost(error, function)
    return trace and trace.tb_lineno


def _outermost(error: BaseException, function: str) -> TracebackType | None:
    """The call that was asked for, not one that the student's code makes inside of it."""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_name == function and code.co_filename.startswith(ROOT):
            return trace
        trace = trace.tb_next
    return None
