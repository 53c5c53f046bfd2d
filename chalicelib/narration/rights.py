"""What having articles read aloud needs: the function that follows them adds and deletes jobs of speech."""

from chalicelib.core.rights import check, delete, get, may, put, query, update

may("follow_articles", get("articles", "speech"), query("speech"), put("speech"), update("speech"), delete("speech"))
may("follow_articles", update("counters"), check("people"))
