"""Every error that the library raises: one root, and each also the built-in class that Python users would catch.

A message says what was wrong, with what value and what was expected; the parts stand as attributes too, so that a host can
word its own. Values are shortened and escaped: a message never exceeds 500 characters and never breaks a log line.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

_LONGEST_MESSAGE = 500
_LONGEST_VALUE = 80
_LONGEST_INT_BITS = 200


class QuotaError(Exception):
    """The root of all errors of this library.

    Attributes:
        code: a stable word for programs, such as `"non_finite"`.
        field: the path of the argument at fault, such as `"targets[2]"`, or `""` where there is none.
        value: the offending value as text, shortened and escaped, or `""`.
        retryable: whether the same call may succeed later, unchanged.
    """

    code: str = "quota_error"
    retryable: bool = False

    def __init__(self, message: str, *, code: str = "", field: str = "", value: str = "") -> None:
        """Keep the message and its parts; `code` is the class's own where it is not given."""
        super().__init__(_shortened(message, _LONGEST_MESSAGE))
        self.code = code or type(self).code
        self.field = field
        self.value = value

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with all parts: attributes beside the message would be lost otherwise."""
        return (type(self), self.args, self.__dict__)


class InvalidValue(QuotaError, ValueError):
    """A value of the right type that cannot be right."""

    code = "invalid_value"


class UnknownTimeZone(InvalidValue):
    """A zone name that the zone database does not have."""

    code = "unknown_time_zone"


class InvalidCursor(InvalidValue):
    """A page cursor that this source never gave out."""

    code = "invalid_cursor"


class TooLarge(InvalidValue):
    """More of something than is accepted; refused before any work is done."""

    code = "too_large"


class CurrencyMismatch(InvalidValue):
    """Two currencies, or two units, that met where one is needed."""

    code = "currency_mismatch"


class InvalidType(QuotaError, TypeError):
    """A value of the wrong type; nothing is guessed or converted."""

    code = "invalid_type"


class NotFound(QuotaError, LookupError):
    """Unknown, deleted, foreign or not visible: the words are the same for all four."""

    code = "not_found"


class AlreadyExists(QuotaError, ValueError):
    """Something new under an id that is taken."""

    code = "already_exists"


class ConcurrencyConflict(QuotaError, RuntimeError):
    """Somebody else has changed it since it was read: read it again, and decide anew."""

    code = "concurrency_conflict"


class PermissionDenied(QuotaError, PermissionError):
    """The policy said no.

    Attributes:
        decision: its answer, with the reasons and what is missing.
    """

    code = "permission_denied"

    def __init__(
        self, message: str, *, decision: object = None, code: str = "", field: str = "", value: str = ""
    ) -> None:
        """Keep the decision beside the parts that every error has."""
        super().__init__(message, code=code, field=field, value=value)
        self.decision = decision


class MissingRate(QuotaError, LookupError):
    """Records in a currency for which no exchange rate is known on the day they count.

    Attributes:
        records: the ids of all such records, in order.
        currencies: what there is no rate between: pairs of a record's currency and the one that its goal counts in.
    """

    code = "missing_rate"

    def __init__(
        self,
        message: str,
        *,
        records: tuple[str, ...] = (),
        currencies: tuple[tuple[str, str], ...] = (),
        code: str = "",
        field: str = "",
        value: str = "",
    ) -> None:
        """Keep the records and currencies beside the parts that every error has."""
        super().__init__(message, code=code, field=field, value=value)
        self.records = records
        self.currencies = currencies


class SourceUnavailable(QuotaError, ConnectionError):
    """A source of records, people or rates that could not be read; what was there before stands."""

    code = "source_unavailable"
    retryable = True


class RepositoryUnavailable(QuotaError, ConnectionError):
    """A store that could not be read or written; nothing of the call was kept."""

    code = "repository_unavailable"
    retryable = True


class CursorExpired(QuotaError, LookupError):
    """A source no longer knows what came after a cursor: read it again from the start."""

    code = "cursor_expired"


class ContractViolation(QuotaError, TypeError):
    """A host's own source, store or function gave something that its protocol does not allow."""

    code = "contract_violation"


class CorruptRow(QuotaError, ValueError):
    """Stored bytes that cannot be read as what was written under their key, which is named."""

    code = "corrupt_row"


class UnsupportedVersion(QuotaError, ValueError):
    """Something written in a form that this version of the library does not know."""

    code = "unsupported_version"


class InvalidDocument(QuotaError, ValueError):
    """Text or files that cannot be read as what they should be.

    Attributes:
        problems: every mistake found, a line each, in the order of the files.
    """

    code = "invalid_document"

    def __init__(
        self, message: str, *, problems: tuple[str, ...] = (), code: str = "", field: str = "", value: str = ""
    ) -> None:
        """Keep the single mistakes beside the parts that every error has."""
        super().__init__(message, code=code, field=field, value=value)
        self.problems = problems


def shown(value: object) -> str:
    r"""Return a value as it may stand in a message: short, on one line, without contents that could be secret or huge.

    Containers and foreign objects are named by their type alone.

    >>> shown("a\nb"), shown(5), shown([1, 2])
    ("'a\\nb'", '5', '<list>')
    """
    if isinstance(value, str):
        return _shortened(repr(value[:_LONGEST_VALUE]), _LONGEST_VALUE) + ("..." if len(value) > _LONGEST_VALUE else "")
    if isinstance(value, bytes):
        return "<bytes>"
    if isinstance(value, int) and value.bit_length() > _LONGEST_INT_BITS:
        return f"<int of {value.bit_length()} bits>"
    if value is None or isinstance(value, (bool, int, float, Decimal, date)):
        return _shortened(str(value), _LONGEST_VALUE)
    return f"<{type(value).__name__}>"


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."


def invalid(field: str, value: object, expected: str, *, code: str = "invalid_value") -> InvalidValue:
    """Return the error for a value of the right type that cannot be right."""
    return InvalidValue(f"{field}: expected {expected}, got {shown(value)}", code=code, field=field, value=shown(value))


def mistyped(field: str, value: object, expected: str, *, code: str = "invalid_type") -> InvalidType:
    """Return the error for a value of the wrong type, which it names."""
    return InvalidType(
        f"{field}: expected {expected}, got {type(value).__name__} {shown(value)}",
        code=code,
        field=field,
        value=shown(value),
    )
