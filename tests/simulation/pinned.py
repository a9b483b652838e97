"""Seeds that went wrong once, each with what it found."""

from __future__ import annotations

from typing import Final

PINNED: Final = {
    27: "a row taken out after the end of a slice and put back with another target was not restated",
    28: "the figures of a goal deleted since were proved without rates",
    71: "contradictions in records that no goal counts any more were reported",
    83: "figures read in pieces while somebody else refreshed made a refresh fail by a KeyError",
    1737: "a currency that a former version alone named was not asked for once money counted, and nothing was restated",
    4635: "the same, and a rate was missing that there was",
    20138: "rates that changed between two refreshes at one moment were not seen for the records of the last days",
    20329: "what was said to be back contradicted what was recorded at that very moment, and was out of order",
    25535: "the simulator took a page for kept of which the commit had failed, once something else was committed",
    26025: "the same, after a slice had frozen",
    26917: "the same, of a record whose owner was inactive",
}
