"""The file door: a folder of CSV and JSON files in, CSV out.

`quota.json` in the folder names the files and says what their columns mean; `docs/how-to/own-folder.md` has the whole format.
"""

from __future__ import annotations

from quota_engine.adapters.files.exports import Cell, csv_rows, csv_text
from quota_engine.adapters.files.folders import Folder, load

__all__ = ["Cell", "Folder", "csv_rows", "csv_text", "load"]
