"""What searching may do."""

from chalicelib.core.rights import api_may, delete, eraser_may, get_many, query

api_may(query("search"), get_many("people"))
eraser_may(query("search"), delete("search"))
