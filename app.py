"""Commonplace: one Chalice application, a feature a blueprint. Its functions all start here."""

from chalice.app import Chalice, CORSConfig

from chalicelib.account.api import erase_people as erase_people
from chalicelib.account.api import routes as account
from chalicelib.albums.api import push_albums as push_albums
from chalicelib.albums.api import routes as albums
from chalicelib.blog.api import follow_articles as follow_articles
from chalicelib.blog.api import routes as blog
from chalicelib.blog.article_api import publish_articles as publish_articles
from chalicelib.blog.article_api import routes as articles
from chalicelib.blog.comment_api import routes as comments
from chalicelib.blog.photo_api import develop_photo as develop_photo
from chalicelib.blog.photo_api import push_photos as push_photos
from chalicelib.blog.photo_api import routes as photos
from chalicelib.blog.subscriber_api import announce_articles as announce_articles
from chalicelib.blog.subscriber_api import mail_article as mail_article
from chalicelib.blog.subscriber_api import mail_subscribers as mail_subscribers
from chalicelib.blog.subscriber_api import routes as subscribers
from chalicelib.blog.subscriber_api import stop_mail as stop_mail
from chalicelib.chat.api import push_conversations as push_conversations
from chalicelib.chat.api import push_members as push_members
from chalicelib.chat.api import push_messages as push_messages
from chalicelib.chat.api import routes as chat
from chalicelib.core import log, routes
from chalicelib.core.api import routes as about
from chalicelib.live.api import answer_message as answer_message
from chalicelib.live.api import close_socket as close_socket
from chalicelib.live.api import open_socket as open_socket
from chalicelib.live.api import reach_shard as reach_shard
from chalicelib.live.api import routes as live
from chalicelib.posts.api import push_posts as push_posts
from chalicelib.posts.api import routes as posts
from chalicelib.speech.api import make_speech as make_speech
from chalicelib.speech.api import resume_speech as resume_speech
from chalicelib.speech.api import routes as speech
from chalicelib.speech.api import tell_speech as tell_speech
from chalicelib.todos.api import keep_quota as keep_quota
from chalicelib.todos.api import push_todos as push_todos
from chalicelib.todos.api import routes as todos

app = Chalice(app_name="commonplace")
app.experimental_feature_flags.update(["WEBSOCKETS"])
app.api.cors = CORSConfig(
    allow_headers=["Accept", "If-Match", "If-None-Match"],
    expose_headers=["Content-Disposition", "ETag", "Retry-After"],
    max_age=600,
)
app.register_middleware(log.invocation)
app.register_middleware(routes.as_problem, "http")

features = [about, account, albums, live, posts, chat, todos, articles, comments, photos, subscribers, blog, speech]
for feature in features:
    app.register_blueprint(feature)
