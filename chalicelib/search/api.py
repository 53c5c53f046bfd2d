"""The route of searches, and the end of what the index has of a person."""

from collections.abc import Iterator

from chalicelib.core.bounds import MINUTE, Bound
from chalicelib.core.directory import directory
from chalicelib.core.erasure import eraser, remains
from chalicelib.core.finding import circles, index, kinds
from chalicelib.core.index import Entry
from chalicelib.core.pages import Page
from chalicelib.core.routes import LIMIT, Asked, Parameter, Routes
from chalicelib.core.who import GUEST
from chalicelib.search.search import FoundThing, Search

routes = Routes()

SEARCHES = Bound("searches", 300, MINUTE, "searches")

Q = Parameter("q", {"type": "string", "maxLength": 200}, "Beginnings of words, in any order.", required=True)
KIND = Parameter("kind", {"type": "string", "maxLength": 20}, "Only this kind of thing.")
AFTER = Parameter("after", {"type": "string", "maxLength": 3000}, "The `next` of the previous page.")


@eraser
def erase_index(person_id: str) -> None:
    index().forget(person_id, list(kinds.values()))


@remains
def index_left(person_id: str) -> Iterator[Entry]:
    return index().of_person(person_id, list(kinds.values()))


@routes.get("/search", who=GUEST, query=(Q, KIND, LIMIT, AFTER), gives={200: "search/found-thing-page"}, bound=SEARCHES)
def search(asked: Asked) -> Page[FoundThing]:
    """Search everything you may see. A page may be short, or empty, and still have a `next`."""
    found = Search(index(), directory(), kinds, circles)
    return found.page(asked.person.id, asked.query["q"], asked.query["kind"], asked.turn)
