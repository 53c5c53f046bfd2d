"""What the functions of comments may do."""

from chalicelib.core.rights import api_may, delete, eraser_may, get, may, put, query

api_may(query("comments"), get("comments"), put("comments"), delete("comments"))
may("follow_articles", query("comments"), delete("comments"))
eraser_may(query("comments/by-person"), delete("comments"))
