"""A host's store as the tracker uses it: failures told in our words, and answers held to what `TrackingStore` promises."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from attrs import frozen

from quota_engine.errors import ContractViolation, RepositoryUnavailable, shown
from quota_engine.ports import Page, Stored, TrackingStore, asking
from quota_engine.progress import Progress


@frozen
class CheckedStore:
    """A store of which nothing is taken on trust. Fills `TrackingStore`.

    Attributes:
        host: the host's own.
    """

    host: TrackingStore

    def read(self, keys: Collection[str], /) -> Stored:
        """Return the revision and the values of some keys.

        Raises:
            RepositoryUnavailable: the host's store failed.
            ContractViolation: it gave something else, or values that were not asked for.
        """
        with asking("store", unavailable=RepositoryUnavailable):
            found = self.host.read(keys)
        if not isinstance(found, Stored):
            raise _otherwise("store.read", "a Stored", found)
        if not found.values.keys() <= set(keys):
            raise _otherwise("store.read", "keys that were asked for", min(found.values.keys() - set(keys), key=str))
        return found

    def scan(self, prefix: str, /, *, after: str | None, limit: int) -> Page[tuple[str, bytes]]:
        """Return some keys with a prefix and their values, in order; raises as `read`."""
        with asking("store", unavailable=RepositoryUnavailable):
            page = self.host.scan(prefix, after=after, limit=limit)
        if not isinstance(page, Page) or len(page.items) > limit:
            raise _otherwise("store.scan", f"a Page of at most {limit} items", page)
        last = "" if after is None else after
        items: list[tuple[str, bytes]] = []
        for item in page.items:
            match tuple(item):
                case (str(key), bytes() | bytearray() | memoryview() as value) if key.startswith(prefix) and key > last:
                    items.append((key, bytes(value)))
                    last = key
                case _:
                    expected = f"keys that begin with {shown(prefix)}, after {shown(last)} in order, and their bytes"
                    raise _otherwise("store.scan", expected, item)
        if page.more and (not items or page.cursor != last):
            raise _otherwise("store.scan", "a page that goes on after its last key", page.cursor)
        return Page(tuple(items), page.cursor, page.more)

    def commit(
        self, revision: int, /, *, put: Mapping[str, bytes], drop: Collection[str], figures: Sequence[Progress]
    ) -> None:
        """Drop, put and step the revision, or do nothing; raises `RepositoryUnavailable` where the host's store failed."""
        with asking("store", unavailable=RepositoryUnavailable, done="written"):
            self.host.commit(revision, put=put, drop=drop, figures=figures)


def _otherwise(field: str, expected: str, found: object) -> ContractViolation:
    return ContractViolation(f"{field}: expected {expected}, got {shown(found)}", field=field, value=shown(found))
