"""The almanac: fiscal years for a person to check at a glance."""

from quota_engine.almanac.books import Almanac, AlmanacRow

__all__ = ["Almanac", "AlmanacRow"]
