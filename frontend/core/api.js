// The REST client, one function a route: written by `python -m cloud generate` from the OpenAPI document.
// `given` holds path and query parameters by name, and `body`, `ifMatch`, `accept`, `contentType`, `signal`, `fresh`.

import { call } from "./http.js";

/** Get the signed-in person. For anyone who is signed in. */
export const getMe = (given = {}) => call({ method: "GET", path: "/me", query: [], signedIn: true }, given);

/** Set your name. For anyone who is signed in. At most 60 changes of the name a minute for each person. Beyond that, 429 until the time it gives. */
export const changeMe = (given = {}) =>
  call({ method: "PUT", path: "/me", query: [], signedIn: true, body: "application/json" }, given);

/** Erase your account and everything it owns. It can't be used from now on; its data goes within moments. For anyone who is signed in. */
export const eraseMe = (given = {}) => call({ method: "DELETE", path: "/me", query: [], signedIn: true }, given);

/** End all your sign-ins: their sockets close, and their tokens can't change anything any more. For anyone who is signed in. At most 20 times signing out everywhere an hour for each person. Beyond that, 429 until the time it gives. */
export const signOutEverywhere = (given = {}) =>
  call({ method: "DELETE", path: "/me/sessions", query: [], signedIn: true }, given);

/** Find the person with exactly this mail address. For anyone who is signed in. At most 120 searches for a person a minute for each person. Beyond that, 429 until the time it gives. */
export const findPerson = (given = {}) =>
  call({ method: "GET", path: "/people", query: ["email"], signedIn: true }, given);

/** List albums in ascending order of rank. For anyone who is signed in. */
export const listAlbums = (given = {}) =>
  call({ method: "GET", path: "/albums", query: ["limit", "after", "q", "genre", "year"], signedIn: true }, given);

/** Add an album; its rank, and its title by that artist, must not be taken. For anyone who is signed in. At most 600 albums added, changed or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const addAlbum = (given = {}) =>
  call({ method: "POST", path: "/albums", query: [], signedIn: true, body: "application/json" }, given);

/** Get the rank after the last one, for the next album. For anyone who is signed in. */
export const getNextRank = (given = {}) =>
  call({ method: "GET", path: "/albums/next-rank", query: [], signedIn: true }, given);

/** Get an album, with its version as ETag. For anyone who is signed in. */
export const getAlbum = (given = {}) => call({ method: "GET", path: "/albums/{id}", query: [], signedIn: true }, given);

/** Change an album, if it is still at the version in If-Match. For its owner or a curator. At most 600 albums added, changed or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const changeAlbum = (given = {}) =>
  call({ method: "PUT", path: "/albums/{id}", query: [], signedIn: true, body: "application/json" }, given);

/** Delete an album, if it is still at the version in If-Match. For its owner or a curator. At most 600 albums added, changed or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const removeAlbum = (given = {}) =>
  call({ method: "DELETE", path: "/albums/{id}", query: [], signedIn: true }, given);

/** Export the whole catalogue as CSV or JSON, depending on Accept. For anyone who is signed in. */
export const exportAlbums = (given = {}) =>
  call({ method: "GET", path: "/albums/export", query: [], signedIn: true }, given);

/** Import albums from CSV or JSON and report on each row. They belong to the catalogue, not to you. For a curator. At most 60 imports a minute for each person. Beyond that, 429 until the time it gives. */
export const importAlbums = (given = {}) =>
  call({ method: "POST", path: "/albums/import", query: ["dry_run"], signedIn: true, body: "application/json" }, given);

/** List published articles, newest first. For anyone. At most 500 a second, for all callers together. Beyond that, 429. */
export const listArticles = (given = {}) =>
  call({ method: "GET", path: "/blog/articles", query: ["limit", "after", "tag"], signedIn: false }, given);

/** Add an article. Its address is made from the title and never changes. For an author. At most 600 articles added, changed or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const addArticle = (given = {}) =>
  call({ method: "POST", path: "/blog/articles", query: [], signedIn: true, body: "application/json" }, given);

/** Get a published article, as HTML and as it was written. For anyone. At most 500 a second, for all callers together. Beyond that, 429. */
export const getArticle = (given = {}) =>
  call({ method: "GET", path: "/blog/articles/{slug}", query: [], signedIn: false }, given);

/** Change an article, if it is still at the version in If-Match; publish it or take it back. For an author. At most 600 articles added, changed or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const changeArticle = (given = {}) =>
  call({ method: "PUT", path: "/blog/articles/{slug}", query: [], signedIn: true, body: "application/json" }, given);

/** Delete an article and its comments. For an author. At most 600 articles added, changed or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const removeArticle = (given = {}) =>
  call({ method: "DELETE", path: "/blog/articles/{slug}", query: [], signedIn: true }, given);

/** List drafts and scheduled articles, latest change first. For an author. */
export const listDrafts = (given = {}) =>
  call({ method: "GET", path: "/blog/drafts", query: ["limit", "after"], signedIn: true }, given);

/** Get an article to edit, whatever its status. For an author. */
export const getDraft = (given = {}) =>
  call({ method: "GET", path: "/blog/drafts/{slug}", query: [], signedIn: true }, given);

/** Preview a text as a page will show it. For an author. */
export const previewArticle = (given = {}) =>
  call({ method: "POST", path: "/blog/preview", query: [], signedIn: true, body: "application/json" }, given);

/** Get the newest articles as an Atom feed. For anyone. At most 500 a second, for all callers together. Beyond that, 429. */
export const getFeed = (given = {}) => call({ method: "GET", path: "/blog/feed", query: [], signedIn: false }, given);

/** Get the addresses of all articles, for search engines. For anyone. At most 500 a second, for all callers together. Beyond that, 429. */
export const getSitemap = (given = {}) =>
  call({ method: "GET", path: "/blog/sitemap.xml", query: [], signedIn: false }, given);

/** Get an article as a page without scripts, for shared links. For anyone. At most 500 a second, for all callers together. Beyond that, 429. */
export const readArticle = (given = {}) =>
  call({ method: "GET", path: "/blog/read/{slug}", query: [], signedIn: false }, given);

/** List your conversations, latest activity first. For anyone who is signed in. */
export const listConversations = (given = {}) =>
  call({ method: "GET", path: "/conversations", query: ["limit", "after"], signedIn: true }, given);

/** Start a conversation with others; with one other and without a title, it is the one that you two have. For anyone who is signed in. At most 60 new conversations a minute for each person. Beyond that, 429 until the time it gives. */
export const startConversation = (given = {}) =>
  call({ method: "POST", path: "/conversations", query: [], signedIn: true, body: "application/json" }, given);

/** Get a conversation. For its members. */
export const getConversation = (given = {}) =>
  call({ method: "GET", path: "/conversations/{id}", query: [], signedIn: true }, given);

/** Change its title. For its members. At most 120 new or leaving members, and titles of conversations a minute for each person. Beyond that, 429 until the time it gives. */
export const renameConversation = (given = {}) =>
  call({ method: "PATCH", path: "/conversations/{id}", query: [], signedIn: true, body: "application/json" }, given);

/** Leave it; your messages stay. For its members. At most 120 new or leaving members, and titles of conversations a minute for each person. Beyond that, 429 until the time it gives. */
export const leaveConversation = (given = {}) =>
  call({ method: "DELETE", path: "/conversations/{id}", query: [], signedIn: true }, given);

/** Add a person. For its members. At most 120 new or leaving members, and titles of conversations a minute for each person. Beyond that, 429 until the time it gives. */
export const addMember = (given = {}) =>
  call({ method: "POST", path: "/conversations/{id}/members", query: [], signedIn: true, body: "application/json" }, given);

/** List messages, newest first; `before` gives older ones, `since` later ones, oldest first. For its members. */
export const listMessages = (given = {}) =>
  call({ method: "GET", path: "/conversations/{id}/messages", query: ["limit", "before", "since", "after"], signedIn: true }, given);

/** Send a message; the same client id sends it once. For its members. At most 300 messages sent, edited or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const sendMessage = (given = {}) =>
  call({ method: "POST", path: "/conversations/{id}/messages", query: [], signedIn: true, body: "application/json" }, given);

/** Edit your message; it is shown as edited. For its owner. At most 300 messages sent, edited or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const editMessage = (given = {}) =>
  call({ method: "PATCH", path: "/conversations/{id}/messages/{message_id}", query: [], signedIn: true, body: "application/json" }, given);

/** Delete your message; others see that it was deleted. For its owner. At most 300 messages sent, edited or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const deleteMessage = (given = {}) =>
  call({ method: "DELETE", path: "/conversations/{id}/messages/{message_id}", query: [], signedIn: true }, given);

/** Mark everything up to this message as read. For its members. At most 300 marks of how far messages are read a minute for each person. Beyond that, 429 until the time it gives. */
export const markRead = (given = {}) =>
  call({ method: "PUT", path: "/conversations/{id}/read", query: [], signedIn: true, body: "application/json" }, given);

/** List an article's comments, oldest first. For anyone. At most 500 a second, for all callers together. Beyond that, 429. */
export const listComments = (given = {}) =>
  call({ method: "GET", path: "/blog/articles/{slug}/comments", query: ["limit", "after"], signedIn: false }, given);

/** Comment on an article; the same client id posts once. For anyone who is signed in. At most 20 comments a minute for each person. Beyond that, 429 until the time it gives. */
export const addComment = (given = {}) =>
  call({ method: "POST", path: "/blog/articles/{slug}/comments", query: [], signedIn: true, body: "application/json" }, given);

/** Delete your comment, or any comment as an author of the blog. For its owner or an author. At most 300 comments deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const removeComment = (given = {}) =>
  call({ method: "DELETE", path: "/blog/articles/{slug}/comments/{id}", query: [], signedIn: true }, given);

/** Check that the application answers, without touching the database. For anyone. At most 500 a second, for all callers together. Beyond that, 429. */
export const getHealth = (given = {}) => call({ method: "GET", path: "/health", query: [], signedIn: false }, given);

/** Get this API's OpenAPI 3.1 document. For anyone. At most 500 a second, for all callers together. Beyond that, 429. */
export const getOpenapi = (given = {}) =>
  call({ method: "GET", path: "/openapi.json", query: [], signedIn: false }, given);

/** Have all that is yours made into a zip; a mail and a notice tell you when it is ready. For anyone who is signed in. At most 3 exports a day for each person. Beyond that, 429 until the time it gives. */
export const beginExport = (given = {}) =>
  call({ method: "POST", path: "/me/export", query: [], signedIn: true }, given);

/** Get how far your export is; once it is ready, with a link for a few minutes. For anyone who is signed in. */
export const getExport = (given = {}) => call({ method: "GET", path: "/me/export", query: [], signedIn: true }, given);

/** Get your folder's size and limits, and the files that were refused for lack of room. For anyone who is signed in. */
export const getFolder = (given = {}) => call({ method: "GET", path: "/folder", query: [], signedIn: true }, given);

/** Get a ticket that opens one socket within a minute. For anyone who is signed in. At most 120 tickets a minute for each person. Beyond that, 429 until the time it gives. */
export const createTicket = (given = {}) =>
  call({ method: "POST", path: "/live/tickets", query: [], signedIn: true }, given);

/** Get a published article read aloud: whether there is a recording, its temporary URL and its length. For anyone. At most 500 a second, for all callers together. Beyond that, 429. */
export const getArticleAudio = (given = {}) =>
  call({ method: "GET", path: "/blog/articles/{slug}/audio", query: [], signedIn: false }, given);

/** Have an article read aloud that has no recording: it counts as a text of its author. For an author. At most 30 articles asked to be read aloud an hour for each person. Beyond that, 429 until the time it gives. */
export const recordArticle = (given = {}) =>
  call({ method: "POST", path: "/blog/articles/{slug}/audio", query: [], signedIn: true }, given);

/** List what you were told of, newest first. For anyone who is signed in. */
export const listNotices = (given = {}) =>
  call({ method: "GET", path: "/notices", query: ["limit", "after"], signedIn: true }, given);

/** Mark this notice and all before it as read. For anyone who is signed in. At most 300 marks of how far notices are read a minute for each person. Beyond that, 429 until the time it gives. */
export const readNotices = (given = {}) =>
  call({ method: "PUT", path: "/notices/read", query: [], signedIn: true, body: "application/json" }, given);

/** Get which kinds of notices you want. For anyone who is signed in. */
export const getNoticeChoices = (given = {}) =>
  call({ method: "GET", path: "/me/notices", query: [], signedIn: true }, given);

/** Choose which kinds of notices you want; those you don't name stay as they are. For anyone who is signed in. At most 60 choices of notices a minute for each person. Beyond that, 429 until the time it gives. */
export const chooseNotices = (given = {}) =>
  call({ method: "PUT", path: "/me/notices", query: [], signedIn: true, body: "application/json" }, given);

/** Add a photo; the answer has a form with which S3 accepts exactly that file. For an author. At most 300 photos added, described, tried again or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const addPhoto = (given = {}) =>
  call({ method: "POST", path: "/blog/photos", query: [], signedIn: true, body: "application/json" }, given);

/** Get a photo and its sizes; until it is ready, only its status. For anyone. At most 500 a second, for all callers together. Beyond that, 429. */
export const getPhoto = (given = {}) =>
  call({ method: "GET", path: "/blog/photos/{id}", query: [], signedIn: false }, given);

/** Set a photo's description (alt text). For an author. At most 300 photos added, described, tried again or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const describePhoto = (given = {}) =>
  call({ method: "PATCH", path: "/blog/photos/{id}", query: [], signedIn: true, body: "application/json" }, given);

/** Delete a photo and all its sizes. For an author. At most 300 photos added, described, tried again or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const removePhoto = (given = {}) =>
  call({ method: "DELETE", path: "/blog/photos/{id}", query: [], signedIn: true }, given);

/** Process a failed or stuck photo again, from the uploaded file. For an author. At most 300 photos added, described, tried again or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const retryPhoto = (given = {}) =>
  call({ method: "POST", path: "/blog/photos/{id}/retry", query: [], signedIn: true }, given);

/** Search everything you may see. A page may be short, or empty, and still have a `next`. For anyone, and with a token for what else one may see. At most 500 a second, for all callers together. At most 300 searches a minute for each person. Beyond that, 429 until the time it gives. */
export const search = (given = {}) =>
  call({ method: "GET", path: "/search", query: ["q", "kind", "limit", "after"], signedIn: "maybe" }, given);

/** List the voices. For anyone. At most 500 a second, for all callers together. Beyond that, 429. */
export const listVoices = (given = {}) =>
  call({ method: "GET", path: "/speech/voices", query: [], signedIn: false }, given);

/** Have a text translated and spoken; the same client id does so once. For anyone who is signed in. */
export const addSpeech = (given = {}) =>
  call({ method: "POST", path: "/speech", query: [], signedIn: true, body: "application/json" }, given);

/** List your texts, newest first. For anyone who is signed in. */
export const listSpeech = (given = {}) =>
  call({ method: "GET", path: "/speech", query: ["limit", "after"], signedIn: true }, given);

/** Get how many more characters you can have spoken today. For anyone who is signed in. */
export const getSpeechAllowance = (given = {}) =>
  call({ method: "GET", path: "/speech/allowance", query: [], signedIn: true }, given);

/** Get a text, with a temporary URL of its recording. For its owner. */
export const getSpeech = (given = {}) =>
  call({ method: "GET", path: "/speech/{id}", query: [], signedIn: true }, given);

/** Delete a text and its recording, finished or not. For its owner. At most 300 texts deleted, or noted as heard a minute for each person. Beyond that, 429 until the time it gives. */
export const removeSpeech = (given = {}) =>
  call({ method: "DELETE", path: "/speech/{id}", query: [], signedIn: true }, given);

/** Note that you have listened to it: it is new no longer. For its owner. At most 300 texts deleted, or noted as heard a minute for each person. Beyond that, 429 until the time it gives. */
export const hearSpeech = (given = {}) =>
  call({ method: "PUT", path: "/speech/{id}/heard", query: [], signedIn: true }, given);

/** Retry a failed text, from where it failed. For its owner. At most 30 texts tried again an hour for each person. Beyond that, 429 until the time it gives. */
export const retrySpeech = (given = {}) =>
  call({ method: "POST", path: "/speech/{id}/retry", query: [], signedIn: true }, given);

/** Subscribe to new articles by mail. The answer is the same for every address; the mail explains the rest. For anyone. At most 50 a second, for all callers together. Beyond that, 429. */
export const subscribe = (given = {}) =>
  call({ method: "POST", path: "/blog/subscribers", query: [], signedIn: false, body: "application/json" }, given);

/** Confirm a subscription with the token from the mail. For anyone. At most 50 a second, for all callers together. Beyond that, 429. */
export const confirmSubscription = (given = {}) =>
  call({ method: "POST", path: "/blog/subscribers/confirm", query: [], signedIn: false, body: "application/json" }, given);

/** Unsubscribe with the token from any mail; also by a mail program's one click (RFC 8058). For anyone. At most 50 a second, for all callers together. Beyond that, 429. */
export const unsubscribe = (given = {}) =>
  call({ method: "POST", path: "/blog/subscribers/unsubscribe", query: ["token"], signedIn: false, body: "application/json" }, given);

/** Get what is due, unread, new and ready, and the first steps; parts that could not be read are in `missing`. For anyone who is signed in. */
export const getToday = (given = {}) => call({ method: "GET", path: "/today", query: ["day"], signedIn: true }, given);

/** List your to-dos by order. For anyone who is signed in. */
export const listTodos = (given = {}) =>
  call({ method: "GET", path: "/todos", query: ["limit", "after", "completed"], signedIn: true }, given);

/** Add a to-do, at the end if no order is given; the same `clientId` gives the same to-do. For anyone who is signed in. At most 600 to-dos added, changed or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const addTodo = (given = {}) =>
  call({ method: "POST", path: "/todos", query: [], signedIn: true, body: "application/json" }, given);

/** Delete all to-dos, or all completed ones. Their files stay in the folder. For anyone who is signed in. At most 600 to-dos added, changed or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const clearTodos = (given = {}) =>
  call({ method: "DELETE", path: "/todos", query: ["completed"], signedIn: true }, given);

/** Get a to-do, with its version as ETag. For its owner. */
export const getTodo = (given = {}) => call({ method: "GET", path: "/todos/{id}", query: [], signedIn: true }, given);

/** Change the fields in the body; with If-Match only if it is still at that version. For its owner. At most 600 to-dos added, changed or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const changeTodo = (given = {}) =>
  call({ method: "PATCH", path: "/todos/{id}", query: [], signedIn: true, body: "application/json" }, given);

/** Delete a to-do. Its files stay in the folder. For its owner. At most 600 to-dos added, changed or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const removeTodo = (given = {}) =>
  call({ method: "DELETE", path: "/todos/{id}", query: [], signedIn: true }, given);

/** List posts, newest first; with `since`, those after that post, oldest first. For anyone. At most 500 a second, for all callers together. Beyond that, 429. */
export const listPosts = (given = {}) =>
  call({ method: "GET", path: "/posts", query: ["limit", "after", "since"], signedIn: false }, given);

/** Delete your own post. For its owner. At most 300 posts sent or deleted a minute for each person. Beyond that, 429 until the time it gives. */
export const removePost = (given = {}) =>
  call({ method: "DELETE", path: "/posts/{id}", query: [], signedIn: true }, given);
