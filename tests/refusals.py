"""What every refusal has: a type, a stable code, and a short message that names the field, its value and what was expected."""

from __future__ import annotations

import gc
import pickle
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy, deepcopy
from time import process_time

import pytest

from quota_engine.errors import InvalidValue, QuotaError


def refuses(
    call: Callable[[], object], code: str, field: str, *words: str, kind: type[QuotaError] = InvalidValue
) -> QuotaError:
    """Check that a call is refused as it should be, and return the error."""
    with pytest.raises(QuotaError) as caught:
        call()
    error = caught.value
    text = str(error)
    assert (type(error), error.code, error.field) == (kind, code, field)
    assert text.startswith(field), text
    for word in words:
        assert word in text, text
    assert len(text) <= 500
    assert text.isprintable(), text
    assert error.value in text
    assert not error.retryable
    for twin in (pickle.loads(pickle.dumps(error)), copy(error), deepcopy(error)):  # noqa: S301 - our own bytes
        assert (type(twin), twin.args, vars(twin)) == (type(error), error.args, vars(error))
    return error


def says(call: Callable[[], object], message: str, value: str) -> None:
    """Check the words of a refusal to the letter, and the value that it gives to programs."""
    with pytest.raises(QuotaError) as caught:
        call()
    assert (str(caught.value), caught.value.value) == (message, value)


def twins(value: object) -> tuple[object, ...]:
    """Return a value's pickled, copied and deeply copied selves."""
    return pickle.loads(pickle.dumps(value)), copy(value), deepcopy(value)  # noqa: S301 - our own bytes


def stays(value: object) -> None:
    """Check that a value cannot be changed, and that its twins are equal to it, with equal hash and the same text."""
    for twin in twins(value):
        assert type(twin) is type(value)
        assert twin == value
        assert hash(twin) == hash(value)
        assert repr(twin) == repr(value)
    names = [name for name in dir(type(value)) if name in getattr(type(value), "__slots__", ())]
    assert names
    for name in names:
        with pytest.raises(AttributeError):
            setattr(value, name, None)


@contextmanager
def bounded(*, seconds: float = 2.0, mebibytes: float = 32.0) -> Iterator[None]:
    """Check that what is done inside stays small.

    The time is the processor's own, with a margin that a busy machine needs, and without what the garbage collector would
    spend on what other tests left behind.
    """
    gc.freeze()
    tracemalloc.start()
    before, started = tracemalloc.get_traced_memory()[0], process_time()
    try:
        yield
        spent, peak = process_time() - started, tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
        gc.unfreeze()
    assert spent < seconds
    assert peak < mebibytes * 2**20
