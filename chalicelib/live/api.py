"""The socket's handlers, its tickets, and the workers that each reach a shard of all sockets."""

from chalice.app import Response, SNSEvent, WebsocketEvent

from chalicelib.core import aws, bounds, settings
from chalicelib.core.bounds import MINUTE, Bound, Permit
from chalicelib.core.erasure import eraser, remains
from chalicelib.core.errors import ProblemError
from chalicelib.core.responses import refused
from chalicelib.core.routes import Asked, Routes
from chalicelib.core.who import SIGNED_IN
from chalicelib.live import actions
from chalicelib.live.connections import Connection, Connections
from chalicelib.live.posting import post_all
from chalicelib.live.push import Push
from chalicelib.live.tickets import Tickets

routes = Routes()

TICKETS = Bound("tickets", 120, MINUTE, "tickets")


def tickets() -> Tickets:
    return Tickets(aws.client("dynamodb"), settings.table("tickets"))


def connections() -> Connections:
    return Connections(aws.client("dynamodb"), settings.table("connections"))


def push() -> Push:
    return Push(connections(), settings.required("SOCKET_ENDPOINT"), post_all, _hand_on)


def close_sockets(person_id: str) -> None:
    """Their pages ask for new tickets, and learn whether they are still signed in."""
    connections().end(person_id, _hang_up)


@eraser
def erase_connections(person_id: str) -> None:
    connections().erase(person_id, _hang_up)


@remains
def connections_left(person_id: str) -> list[Connection]:
    return connections().of_person(person_id)


@routes.post("/live/tickets", who=SIGNED_IN, gives={201: "live/ticket"}, bound=TICKETS)
def create_ticket(asked: Asked, permit: Permit) -> dict[str, str]:
    """Get a ticket that opens one socket within a minute."""
    return tickets().give(asked.person.sign_in, permit)


@routes.on_ws_connect(name="websocket_connect")
def open_socket(event: WebsocketEvent) -> Response | None:
    """Refuse sockets without a valid ticket."""
    try:
        sign_in = tickets().take(_ticket(event))
        connections().open(_connection(event), sign_in, bounds.permit(sign_in))
        return None
    except ProblemError as refusal:
        return refused(refusal)


@routes.on_ws_message(name="websocket_message")
def answer_message(event: WebsocketEvent) -> None:
    """Handle any message from a client."""
    connection = _connection(event)
    answer = actions.handle(event.body, lambda: connections().sign_in(connection.id))
    if answer:
        push().answer(connection, answer)


@routes.on_ws_disconnect(name="websocket_disconnect")
def close_socket(event: WebsocketEvent) -> None:
    """May come late, twice or never: a dead socket also loses its row when something is sent to it."""
    connections().close(event.connection_id)


@routes.on_sns_message(topic=settings.topic("fan-out"), name="reach_shard")
def reach_shard(event: SNSEvent) -> None:
    """Send to one shard of all sockets."""
    push().shard(event.message)


def _ticket(event: WebsocketEvent) -> str:
    return (event.to_dict().get("queryStringParameters") or {}).get("ticket") or ""


def _connection(event: WebsocketEvent) -> Connection:
    return Connection(event.connection_id, event.to_dict()["requestContext"]["apiId"])


def _hang_up(connection: Connection) -> None:
    endpoint = settings.required("SOCKET_ENDPOINT").replace("{api}", connection.api)
    try:
        aws.client("apigatewaymanagementapi", endpoint).delete_connection(ConnectionId=connection.id)
    except aws.Failure as failure:
        if aws.code_of(failure) != "GoneException":
            raise


def _hand_on(shard: str) -> None:
    aws.client("sns").publish(TopicArn=settings.topic("fan-out"), Message=shard)
