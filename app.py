"""Commonplace: one Chalice application with a blueprint per feature. All its functions start here."""

from chalice.app import Chalice, CORSConfig

from chalicelib.account import api as account
from chalicelib.account.api import erase_people as erase_people
from chalicelib.albums import api as albums
from chalicelib.albums.api import push_albums as push_albums
from chalicelib.articles import api as articles
from chalicelib.articles.api import follow_articles as follow_articles
from chalicelib.articles.api import publish_articles as publish_articles
from chalicelib.chat import api as chat
from chalicelib.chat.api import push_conversations as push_conversations
from chalicelib.chat.api import push_members as push_members
from chalicelib.chat.api import push_messages as push_messages
from chalicelib.comments import api as comments
from chalicelib.core import api as about
from chalicelib.core import log, routes
from chalicelib.files import api as files
from chalicelib.files.api import keep_quota as keep_quota
from chalicelib.live import api as live
from chalicelib.live.api import answer_message as answer_message
from chalicelib.live.api import close_socket as close_socket
from chalicelib.live.api import open_socket as open_socket
from chalicelib.live.api import reach_shard as reach_shard
from chalicelib.photos import api as photos
from chalicelib.photos.api import develop_photo as develop_photo
from chalicelib.photos.api import push_photos as push_photos
from chalicelib.speech import api as speech
from chalicelib.speech.api import make_speech as make_speech
from chalicelib.speech.api import resume_speech as resume_speech
from chalicelib.speech.api import tell_speech as tell_speech
from chalicelib.subscribers import api as subscribers
from chalicelib.subscribers.api import announce_articles as announce_articles
from chalicelib.subscribers.api import mail_article as mail_article
from chalicelib.subscribers.api import mail_subscribers as mail_subscribers
from chalicelib.subscribers.api import stop_mail as stop_mail
from chalicelib.todos import api as todos
from chalicelib.todos.api import push_todos as push_todos
from chalicelib.wall import api as wall
from chalicelib.wall.api import push_posts as push_posts

app = Chalice(app_name="commonplace")
app.experimental_feature_flags.update(["WEBSOCKETS"])
app.api.cors = CORSConfig(
    allow_headers=["Accept", "If-Match", "If-None-Match"],
    expose_headers=["Content-Disposition", "ETag", "Retry-After"],
    max_age=600,
)
app.register_middleware(log.invocation)
app.register_middleware(routes.as_problem, "http")

features = (about, account, albums, wall, chat, todos, files, articles, comments, photos, subscribers, speech, live)
for feature in features:
    app.register_blueprint(feature.routes)
