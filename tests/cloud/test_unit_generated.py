"""Generated files match their sources."""

import app
from chalicelib.core.openapi import document
from chalicelib.core.routes import operations
from cloud import bounds_page, client_js, features


def test_the_browsers_client_is_up_to_date() -> None:
    assert app.app.routes
    written = client_js.TARGET.read_text("utf-8")
    assert written == client_js.text(document(operations)), "run `python -m cloud generate`"


def test_the_page_of_bounds_is_up_to_date() -> None:
    assert len(bounds_page.declared()) > 15
    assert bounds_page.TARGET.read_text("utf-8") == bounds_page.text(), "run `python -m cloud generate`"


def test_the_pages_load_every_feature() -> None:
    assert features.TARGET.read_text("utf-8") == features.text(), "run `python -m cloud generate`"
    assert features.INDEX.read_text("utf-8") == features.index(), "run `python -m cloud generate`"
