"""Digests of what features hang on, for a cache.

A function is its code, its defaults, what it closes over and the globals it names, each digested in turn, down to the
functions of installed libraries, which are their code; a class is its name and the code of its methods. All else is
what pickle makes of it.
"""

import functools
import inspect
import sysconfig
import types

import joblib
import numpy as np

_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


def digest(*values):
    """One string for several values: another one whenever a value differs.

    Raises
    ------
    ValueError
        If a value can neither be taken apart nor pickled.
    """
    try:
        return joblib.hash([_parts(value, set()) for value in values])
    except (TypeError, AttributeError, ValueError, OSError) as error:  # what pickle raises
        raise _no_digest(error) from error
    except Exception as error:
        if "ickl" not in type(error).__name__:
            raise
        raise _no_digest(error) from error


def _no_digest(error):
    return ValueError(
        f"with memory= the model is known by its content, and this one cannot be pickled: {error} Leave memory out."
    )


def _parts(value, seen):
    """A value as plain data."""
    if id(value) in seen:
        return "again"
    if isinstance(value, types.FunctionType):
        return _function(value, seen | {id(value)})
    if isinstance(value, types.MethodType):
        return [_parts(value.__func__, seen), _parts(value.__self__, seen)]
    if isinstance(value, functools.partial):
        return [_parts(part, seen) for part in (value.func, *value.args, *value.keywords, *value.keywords.values())]
    if isinstance(value, types.ModuleType):
        return value.__name__
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *(_parts(part, seen) for part in value)]
    if isinstance(value, type):
        return of_class(value)
    if callable(value) and not isinstance(value, np.ufunc) and inspect.isroutine(type(value).__call__):
        return [of_class(type(value)), joblib.hash(value)]
    return joblib.hash(value)


def of_class(kind):
    """A class as plain data: its name, and the code of what it and the classes it inherits from define."""
    codes = []
    for base in kind.__mro__[:-1]:
        own = {name: _own_code(part) for name, part in vars(base).items()}
        codes.append([base.__module__, base.__qualname__, *sorted((name, code) for name, code in own.items() if code)])
    return codes


def of_classes(parts):
    """The classes of a network's parts as plain data: each once, and by name of each part."""
    kinds = {f"{type(part).__module__}.{type(part).__qualname__}": type(part) for part in parts}
    return [sorted((name, of_class(kind)) for name, kind in kinds.items()), [type(part).__qualname__ for part in parts]]


def _own_code(part):
    """Code of a method or a property, decorated or not; None of anything else."""
    part = getattr(part, "fget", None) or getattr(part, "__func__", part)
    part = inspect.unwrap(part) if isinstance(part, types.FunctionType) else part
    return repr(_code(part.__code__)) if isinstance(part, types.FunctionType) else None


def _function(function, seen):
    code = function.__code__
    if code.co_filename.startswith(_INSTALLED):
        return [function.__module__, function.__qualname__, _code(code)]
    closed = [cell.cell_contents for cell in function.__closure__ or ()]
    named = [function.__globals__[name] for name in _names(code) if name in function.__globals__]
    extra = [function.__defaults__, function.__kwdefaults__]
    return [_code(code), joblib.hash(extra), *(_parts(value, seen) for value in [*closed, *named])]


def _names(code):
    """Names that a function's code mentions, those of functions inside it included."""
    inside = [name for part in code.co_consts if isinstance(part, types.CodeType) for name in _names(part)]
    return [*code.co_names, *inside]


def _code(code):
    """Compiled code as plain data, without the place where it was written."""
    constants = [_code(part) if isinstance(part, types.CodeType) else repr(part) for part in code.co_consts]
    return [code.co_code, constants, code.co_names, code.co_varnames]
