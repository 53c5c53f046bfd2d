"""How many characters can be spoken in a day, per person and in total, because each costs money.

They count when a text is accepted, and deleting the text doesn't give them back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.core.bounds import DAY, Bound, Count, Permit, permit
from chalicelib.core.ids import as_time
from chalicelib.core.person import SignIn

_ALL = "everyone"  # owns the counter for the whole stage


@dataclass(frozen=True)
class Budget:
    person: int
    stage: int

    def permit(self, sign_in: SignIn, text: str) -> Permit:
        return permit(sign_in, *self._counts(sign_in.person, len(text)))

    def left(self, sign_in: SignIn) -> dict[str, Any]:
        """What is left for this person, and when the count starts again."""
        counts = self._counts(sign_in.person, 0)
        asked = permit(sign_in, *counts)
        left = min(count.bound.most - asked.used(place) for place, count in enumerate(counts))
        return {"left": max(left, 0), "most": self.person, "until": as_time(counts[0].ends(asked.now))}

    def _counts(self, person: str, characters: int) -> tuple[Count, Count]:
        mine = Bound("spoken", self.person, DAY, "characters to be spoken")
        whole = Bound("spoken", self.stage, DAY, "characters to be spoken")
        says = f"At most {self.stage:,} characters a day can be spoken for everybody together."
        return Count(mine, person, characters), Count(whole, _ALL, characters, says)
