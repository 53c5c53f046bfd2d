// The REST client, one function a route: written by `python -m cloud generate` from the OpenAPI document.
// `given` holds path and query parameters by name, and `body`, `ifMatch`, `accept`, `contentType`, `signal`, `fresh`.

import { call } from "./http.js";

/** The signed-in person. For whoever is signed in. */
export const getMe = (given = {}) => call({ method: "GET", path: "/me", query: [], signedIn: true }, given);

/** Set one's name. For whoever is signed in. At most 60 changes of the name a minute for each person. Beyond it 429, until the time it says. */
export const changeMe = (given = {}) =>
  call({ method: "PUT", path: "/me", query: [], signedIn: true, body: "application/json" }, given);

/** Erase the account and all that it owns: nothing more can be done with it, and its things go within moments. For whoever is signed in. */
export const eraseMe = (given = {}) => call({ method: "DELETE", path: "/me", query: [], signedIn: true }, given);

/** The person with exactly this mail address. For whoever is signed in. At most 120 searches for a person a minute for each person. Beyond it 429, until the time it says. */
export const findPerson = (given = {}) =>
  call({ method: "GET", path: "/people", query: ["email"], signedIn: true }, given);

/** Albums in ascending order of rank. For whoever is signed in. */
export const listAlbums = (given = {}) =>
  call({ method: "GET", path: "/albums", query: ["limit", "after", "q", "genre", "year"], signedIn: true }, given);

/** Add an album; its rank, and its title by its artist, must be free. For whoever is signed in. At most 600 albums added, changed or deleted a minute for each person. Beyond it 429, until the time it says. */
export const addAlbum = (given = {}) =>
  call({ method: "POST", path: "/albums", query: [], signedIn: true, body: "application/json" }, given);

/** One album, with its version as ETag. For whoever is signed in. */
export const getAlbum = (given = {}) => call({ method: "GET", path: "/albums/{id}", query: [], signedIn: true }, given);

/** Change an album as it was at the version of If-Match. For its owner or a curator. At most 600 albums added, changed or deleted a minute for each person. Beyond it 429, until the time it says. */
export const changeAlbum = (given = {}) =>
  call({ method: "PUT", path: "/albums/{id}", query: [], signedIn: true, body: "application/json" }, given);

/** Delete an album as it was at the version of If-Match. For its owner or a curator. At most 600 albums added, changed or deleted a minute for each person. Beyond it 429, until the time it says. */
export const removeAlbum = (given = {}) =>
  call({ method: "DELETE", path: "/albums/{id}", query: [], signedIn: true }, given);

/** The whole catalogue as CSV or JSON, as Accept says. For whoever is signed in. */
export const exportAlbums = (given = {}) =>
  call({ method: "GET", path: "/albums/export", query: [], signedIn: true }, given);

/** Albums from CSV or JSON, with a report row by row; they belong to the catalogue, not to who brought them. For a curator. At most 60 imports a minute for each person. Beyond it 429, until the time it says. */
export const importAlbums = (given = {}) =>
  call({ method: "POST", path: "/albums/import", query: ["dry_run"], signedIn: true, body: "application/json" }, given);

/** Published articles, newest first. For anyone. At most 500 a second, of all together. Beyond it 429, for a moment. */
export const listArticles = (given = {}) =>
  call({ method: "GET", path: "/blog/articles", query: ["limit", "after", "tag"], signedIn: false }, given);

/** Write an article; its address is made from its title, and stays. For an author. At most 600 articles added, changed or deleted a minute for each person. Beyond it 429, until the time it says. */
export const addArticle = (given = {}) =>
  call({ method: "POST", path: "/blog/articles", query: [], signedIn: true, body: "application/json" }, given);

/** One published article, as a page and as it was written. For anyone. At most 500 a second, of all together. Beyond it 429, for a moment. */
export const getArticle = (given = {}) =>
  call({ method: "GET", path: "/blog/articles/{slug}", query: [], signedIn: false }, given);

/** Change an article as it was at the version of If-Match; publish it, or take it back. For an author. At most 600 articles added, changed or deleted a minute for each person. Beyond it 429, until the time it says. */
export const changeArticle = (given = {}) =>
  call({ method: "PUT", path: "/blog/articles/{slug}", query: [], signedIn: true, body: "application/json" }, given);

/** Delete an article, with what was said about it. For an author. At most 600 articles added, changed or deleted a minute for each person. Beyond it 429, until the time it says. */
export const removeArticle = (given = {}) =>
  call({ method: "DELETE", path: "/blog/articles/{slug}", query: [], signedIn: true }, given);

/** Drafts and what waits for its time, latest change first. For an author. */
export const listDrafts = (given = {}) =>
  call({ method: "GET", path: "/blog/drafts", query: ["limit", "after"], signedIn: true }, given);

/** An article to write on, whatever its status. For an author. */
export const getDraft = (given = {}) =>
  call({ method: "GET", path: "/blog/drafts/{slug}", query: [], signedIn: true }, given);

/** A text as a page will show it. For an author. */
export const previewArticle = (given = {}) =>
  call({ method: "POST", path: "/blog/preview", query: [], signedIn: true, body: "application/json" }, given);

/** The newest articles, as an Atom feed. For anyone. At most 500 a second, of all together. Beyond it 429, for a moment. */
export const getFeed = (given = {}) => call({ method: "GET", path: "/blog/feed", query: [], signedIn: false }, given);

/** The addresses of all articles, for search engines. For anyone. At most 500 a second, of all together. Beyond it 429, for a moment. */
export const getSitemap = (given = {}) =>
  call({ method: "GET", path: "/blog/sitemap.xml", query: [], signedIn: false }, given);

/** An article as a page that needs no script, for shared links. For anyone. At most 500 a second, of all together. Beyond it 429, for a moment. */
export const readArticle = (given = {}) =>
  call({ method: "GET", path: "/blog/read/{slug}", query: [], signedIn: false }, given);

/** One's own conversations, latest activity first. For whoever is signed in. */
export const listConversations = (given = {}) =>
  call({ method: "GET", path: "/conversations", query: ["limit", "after"], signedIn: true }, given);

/** Start a conversation with others. For whoever is signed in. At most 60 new conversations a minute for each person. Beyond it 429, until the time it says. */
export const startConversation = (given = {}) =>
  call({ method: "POST", path: "/conversations", query: [], signedIn: true, body: "application/json" }, given);

/** One conversation. For its members. */
export const getConversation = (given = {}) =>
  call({ method: "GET", path: "/conversations/{id}", query: [], signedIn: true }, given);

/** Give it another title. For its members. At most 120 new members and titles of conversations a minute for each person. Beyond it 429, until the time it says. */
export const renameConversation = (given = {}) =>
  call({ method: "PATCH", path: "/conversations/{id}", query: [], signedIn: true, body: "application/json" }, given);

/** Leave it; what one said stays. For its members. */
export const leaveConversation = (given = {}) =>
  call({ method: "DELETE", path: "/conversations/{id}", query: [], signedIn: true }, given);

/** Add a person. For its members. At most 120 new members and titles of conversations a minute for each person. Beyond it 429, until the time it says. */
export const addMember = (given = {}) =>
  call({ method: "POST", path: "/conversations/{id}/members", query: [], signedIn: true, body: "application/json" }, given);

/** Newest first, and older ones `before`; with `since` what came after, oldest first. For its members. */
export const listMessages = (given = {}) =>
  call({ method: "GET", path: "/conversations/{id}/messages", query: ["limit", "before", "since", "after"], signedIn: true }, given);

/** Say something; what has the same client id is said once. For its members. At most 300 messages sent, edited or deleted a minute for each person. Beyond it 429, until the time it says. */
export const sendMessage = (given = {}) =>
  call({ method: "POST", path: "/conversations/{id}/messages", query: [], signedIn: true, body: "application/json" }, given);

/** Change what one said; it is shown as edited. For its owner. At most 300 messages sent, edited or deleted a minute for each person. Beyond it 429, until the time it says. */
export const editMessage = (given = {}) =>
  call({ method: "PATCH", path: "/conversations/{id}/messages/{message_id}", query: [], signedIn: true, body: "application/json" }, given);

/** Take back what one said; a mark stays. For its owner. At most 300 messages sent, edited or deleted a minute for each person. Beyond it 429, until the time it says. */
export const deleteMessage = (given = {}) =>
  call({ method: "DELETE", path: "/conversations/{id}/messages/{message_id}", query: [], signedIn: true }, given);

/** All is read up to this message. For its members. */
export const markRead = (given = {}) =>
  call({ method: "PUT", path: "/conversations/{id}/read", query: [], signedIn: true, body: "application/json" }, given);

/** What was said about an article, oldest first. For anyone. At most 500 a second, of all together. Beyond it 429, for a moment. */
export const listComments = (given = {}) =>
  call({ method: "GET", path: "/blog/articles/{slug}/comments", query: ["limit", "after"], signedIn: false }, given);

/** Say something about an article; what has the same client id is said once. For whoever is signed in. At most 20 comments a minute for each person. Beyond it 429, until the time it says. */
export const addComment = (given = {}) =>
  call({ method: "POST", path: "/blog/articles/{slug}/comments", query: [], signedIn: true, body: "application/json" }, given);

/** Delete a comment: one's own, or as an author of the blog any. For its owner or an author. */
export const removeComment = (given = {}) =>
  call({ method: "DELETE", path: "/blog/articles/{slug}/comments/{id}", query: [], signedIn: true }, given);

/** That the application answers, without touching the database. For anyone. At most 500 a second, of all together. Beyond it 429, for a moment. */
export const getHealth = (given = {}) => call({ method: "GET", path: "/health", query: [], signedIn: false }, given);

/** This API, as OpenAPI 3.1. For anyone. At most 500 a second, of all together. Beyond it 429, for a moment. */
export const getOpenapi = (given = {}) =>
  call({ method: "GET", path: "/openapi.json", query: [], signedIn: false }, given);

/** One's own folder: how full it is, how full it may be, and what was refused because it was too much. For whoever is signed in. */
export const getFolder = (given = {}) => call({ method: "GET", path: "/folder", query: [], signedIn: true }, given);

/** A ticket that opens one socket within a minute. For whoever is signed in. At most 120 tickets a minute for each person. Beyond it 429, until the time it says. */
export const createTicket = (given = {}) =>
  call({ method: "POST", path: "/live/tickets", query: [], signedIn: true }, given);

/** Say what will be uploaded; the answer has the form with which S3 takes that file and no other. For an author. At most 300 photos added, described, tried again or deleted a minute for each person. Beyond it 429, until the time it says. */
export const addPhoto = (given = {}) =>
  call({ method: "POST", path: "/blog/photos", query: [], signedIn: true, body: "application/json" }, given);

/** A photo in its sizes; before it is ready only its status, to who knows its id. For anyone. At most 500 a second, of all together. Beyond it 429, for a moment. */
export const getPhoto = (given = {}) =>
  call({ method: "GET", path: "/blog/photos/{id}", query: [], signedIn: false }, given);

/** Say what is to be seen on it. For an author. At most 300 photos added, described, tried again or deleted a minute for each person. Beyond it 429, until the time it says. */
export const describePhoto = (given = {}) =>
  call({ method: "PATCH", path: "/blog/photos/{id}", query: [], signedIn: true, body: "application/json" }, given);

/** Delete a photo with all its sizes. For an author. At most 300 photos added, described, tried again or deleted a minute for each person. Beyond it 429, until the time it says. */
export const removePhoto = (given = {}) =>
  call({ method: "DELETE", path: "/blog/photos/{id}", query: [], signedIn: true }, given);

/** A photo that failed, or takes too long: once more with the file that was uploaded. For an author. At most 300 photos added, described, tried again or deleted a minute for each person. Beyond it 429, until the time it says. */
export const retryPhoto = (given = {}) =>
  call({ method: "POST", path: "/blog/photos/{id}/retry", query: [], signedIn: true }, given);

/** Who can speak. For anyone. At most 500 a second, of all together. Beyond it 429, for a moment. */
export const listVoices = (given = {}) =>
  call({ method: "GET", path: "/speech/voices", query: [], signedIn: false }, given);

/** Have a text translated and spoken; what has the same client id happens once. For whoever is signed in. */
export const addSpeech = (given = {}) =>
  call({ method: "POST", path: "/speech", query: [], signedIn: true, body: "application/json" }, given);

/** One's own, newest first. For whoever is signed in. */
export const listSpeech = (given = {}) =>
  call({ method: "GET", path: "/speech", query: ["limit", "after"], signedIn: true }, given);

/** How many characters one may still have spoken today. For whoever is signed in. */
export const getSpeechAllowance = (given = {}) =>
  call({ method: "GET", path: "/speech/allowance", query: [], signedIn: true }, given);

/** One, with an address for its recording that is good for a while. For its owner. */
export const getSpeech = (given = {}) =>
  call({ method: "GET", path: "/speech/{id}", query: [], signedIn: true }, given);

/** Delete it with its recording, finished or not. For its owner. */
export const removeSpeech = (given = {}) =>
  call({ method: "DELETE", path: "/speech/{id}", query: [], signedIn: true }, given);

/** Try one that failed again, from where it failed. For its owner. At most 30 texts tried again an hour for each person. Beyond it 429, until the time it says. */
export const retrySpeech = (given = {}) =>
  call({ method: "POST", path: "/speech/{id}/retry", query: [], signedIn: true }, given);

/** Ask for new articles by mail. The answer is the same for every address; the mail to it says how to go on. For anyone. At most 50 a second, of all together. Beyond it 429, for a moment. */
export const subscribe = (given = {}) =>
  call({ method: "POST", path: "/blog/subscribers", query: [], signedIn: false, body: "application/json" }, given);

/** Confirm with the token that was mailed. For anyone. At most 50 a second, of all together. Beyond it 429, for a moment. */
export const confirmSubscription = (given = {}) =>
  call({ method: "POST", path: "/blog/subscribers/confirm", query: [], signedIn: false, body: "application/json" }, given);

/** End the subscription, with the token of any of its mails; also by the one click of a mail program (RFC 8058). For anyone. At most 50 a second, of all together. Beyond it 429, for a moment. */
export const unsubscribe = (given = {}) =>
  call({ method: "POST", path: "/blog/subscribers/unsubscribe", query: ["token"], signedIn: false, body: "application/json" }, given);

/** One's own to-dos by order. For whoever is signed in. */
export const listTodos = (given = {}) =>
  call({ method: "GET", path: "/todos", query: ["limit", "after", "completed"], signedIn: true }, given);

/** Add a to-do, at the end where no order is given; the same `clientId` again gives the same to-do. For whoever is signed in. At most 600 to-dos added, changed or deleted a minute for each person. Beyond it 429, until the time it says. */
export const addTodo = (given = {}) =>
  call({ method: "POST", path: "/todos", query: [], signedIn: true, body: "application/json" }, given);

/** Delete all to-dos, or all that are done. Their files stay in the folder. For whoever is signed in. At most 600 to-dos added, changed or deleted a minute for each person. Beyond it 429, until the time it says. */
export const clearTodos = (given = {}) =>
  call({ method: "DELETE", path: "/todos", query: ["completed"], signedIn: true }, given);

/** One to-do, with its version as ETag. For its owner. */
export const getTodo = (given = {}) => call({ method: "GET", path: "/todos/{id}", query: [], signedIn: true }, given);

/** Change what the body names; with If-Match only as it was at that version. For its owner. At most 600 to-dos added, changed or deleted a minute for each person. Beyond it 429, until the time it says. */
export const changeTodo = (given = {}) =>
  call({ method: "PATCH", path: "/todos/{id}", query: [], signedIn: true, body: "application/json" }, given);

/** Delete a to-do. Its files stay in the folder. For its owner. At most 600 to-dos added, changed or deleted a minute for each person. Beyond it 429, until the time it says. */
export const removeTodo = (given = {}) =>
  call({ method: "DELETE", path: "/todos/{id}", query: [], signedIn: true }, given);

/** The wall, newest first; with `since` what came after, oldest first. For anyone. At most 500 a second, of all together. Beyond it 429, for a moment. */
export const listPosts = (given = {}) =>
  call({ method: "GET", path: "/posts", query: ["limit", "after", "since"], signedIn: false }, given);

/** Delete one's own post. For its owner. */
export const removePost = (given = {}) =>
  call({ method: "DELETE", path: "/posts/{id}", query: [], signedIn: true }, given);
