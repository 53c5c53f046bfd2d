"""The same `GET /albums` built in several ways; each module has a Lambda `handler(event, context)`."""
