"""What may be spoken in a day: so many characters by one person, and so many in all, because each is paid for.

They are taken as the text is accepted, and not given back: deleting a text doesn't undo what was begun.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.core.bounds import DAY, Bound, Count, Permit, permit
from chalicelib.core.ids import as_time

_ALL = "everyone"  # whose counter is that of the whole stage


@dataclass(frozen=True)
class Budget:
    person: int
    stage: int

    def permit(self, person: str, text: str) -> Permit:
        return permit(person, *self._counts(person, len(text)))

    def left(self, person: str) -> dict[str, Any]:
        """For a person to see, and until when that holds."""
        counts = self._counts(person, 0)
        asked = permit(person, *counts)
        left = min(count.bound.most - asked.used(place) for place, count in enumerate(counts))
        return {"left": max(left, 0), "most": self.person, "until": as_time(counts[0].ends(asked.now))}

    def _counts(self, person: str, characters: int) -> tuple[Count, Count]:
        mine = Bound("spoken", self.person, DAY, "characters to be spoken")
        whole = Bound("spoken", self.stage, DAY, "characters to be spoken")
        says = f"No more than {self.stage:,} characters a day can be spoken for everybody together."
        return Count(mine, person, characters), Count(whole, _ALL, characters, says)
