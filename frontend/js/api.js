// The REST client, one function a route: written by `python -m cloud generate` from the OpenAPI document.
// `given` holds path and query parameters by name, and `body`, `ifMatch`, `accept`, `contentType`, `signal`, `fresh`.

import { call } from "./http.js";

/** That the application answers, without touching the database. For anyone. */
export const getHealth = (given = {}) => call({ method: "GET", path: "/health", query: [], signedIn: false }, given);

/** This API, as OpenAPI 3.1. For anyone. */
export const getOpenapi = (given = {}) =>
  call({ method: "GET", path: "/openapi.json", query: [], signedIn: false }, given);

/** The signed-in person. For whoever is signed in. */
export const getMe = (given = {}) => call({ method: "GET", path: "/me", query: [], signedIn: true }, given);

/** Set one's name. For whoever is signed in. */
export const changeMe = (given = {}) =>
  call({ method: "PUT", path: "/me", query: [], signedIn: true, body: "application/json" }, given);

/** Erase the account and all that it owns. For whoever is signed in. */
export const eraseMe = (given = {}) => call({ method: "DELETE", path: "/me", query: [], signedIn: true }, given);

/** The person with exactly this mail address. For whoever is signed in. */
export const findPerson = (given = {}) =>
  call({ method: "GET", path: "/people", query: ["email"], signedIn: true }, given);

/** Albums in ascending order of rank. For whoever is signed in. */
export const listAlbums = (given = {}) =>
  call({ method: "GET", path: "/albums", query: ["limit", "after", "q", "genre", "year"], signedIn: true }, given);

/** Add an album; its rank, and its title by its artist, must be free. For whoever is signed in. */
export const addAlbum = (given = {}) =>
  call({ method: "POST", path: "/albums", query: [], signedIn: true, body: "application/json" }, given);

/** One album, with its version as ETag. For whoever is signed in. */
export const getAlbum = (given = {}) => call({ method: "GET", path: "/albums/{id}", query: [], signedIn: true }, given);

/** Change an album as it was at the version of If-Match. For its owner or a curator. */
export const changeAlbum = (given = {}) =>
  call({ method: "PUT", path: "/albums/{id}", query: [], signedIn: true, body: "application/json" }, given);

/** Delete an album as it was at the version of If-Match. For its owner or a curator. */
export const removeAlbum = (given = {}) =>
  call({ method: "DELETE", path: "/albums/{id}", query: [], signedIn: true }, given);

/** The whole catalogue as CSV or JSON, as Accept says. For whoever is signed in. */
export const exportAlbums = (given = {}) =>
  call({ method: "GET", path: "/albums/export", query: [], signedIn: true }, given);

/** Albums from CSV or JSON, with a report row by row; they belong to the catalogue, not to who brought them. For a curator. */
export const importAlbums = (given = {}) =>
  call({ method: "POST", path: "/albums/import", query: ["dry_run"], signedIn: true, body: "application/json" }, given);

/** A ticket that opens one socket within a minute. For whoever is signed in. */
export const createTicket = (given = {}) =>
  call({ method: "POST", path: "/live/tickets", query: [], signedIn: true }, given);

/** The wall, newest first; with `since` what came after, oldest first. For anyone. */
export const listPosts = (given = {}) =>
  call({ method: "GET", path: "/posts", query: ["limit", "after", "since"], signedIn: false }, given);

/** Delete one's own post. For its owner. */
export const removePost = (given = {}) =>
  call({ method: "DELETE", path: "/posts/{id}", query: [], signedIn: true }, given);

/** One's own conversations, latest activity first. For whoever is signed in. */
export const listConversations = (given = {}) =>
  call({ method: "GET", path: "/conversations", query: ["limit", "after"], signedIn: true }, given);

/** Start a conversation with others. For whoever is signed in. */
export const startConversation = (given = {}) =>
  call({ method: "POST", path: "/conversations", query: [], signedIn: true, body: "application/json" }, given);

/** One conversation. For its members. */
export const getConversation = (given = {}) =>
  call({ method: "GET", path: "/conversations/{id}", query: [], signedIn: true }, given);

/** Give it another title. For its members. */
export const renameConversation = (given = {}) =>
  call({ method: "PATCH", path: "/conversations/{id}", query: [], signedIn: true, body: "application/json" }, given);

/** Leave it; what one said stays. For its members. */
export const leaveConversation = (given = {}) =>
  call({ method: "DELETE", path: "/conversations/{id}", query: [], signedIn: true }, given);

/** Add a person. For its members. */
export const addMember = (given = {}) =>
  call({ method: "POST", path: "/conversations/{id}/members", query: [], signedIn: true, body: "application/json" }, given);

/** Newest first, and older ones `before`; with `since` what came after, oldest first. For its members. */
export const listMessages = (given = {}) =>
  call({ method: "GET", path: "/conversations/{id}/messages", query: ["limit", "before", "since", "after"], signedIn: true }, given);

/** Say something; what has the same client id is said once. For its members. */
export const sendMessage = (given = {}) =>
  call({ method: "POST", path: "/conversations/{id}/messages", query: [], signedIn: true, body: "application/json" }, given);

/** Change what one said; it is shown as edited. For its owner. */
export const editMessage = (given = {}) =>
  call({ method: "PATCH", path: "/conversations/{id}/messages/{message_id}", query: [], signedIn: true, body: "application/json" }, given);

/** Take back what one said; a mark stays. For its owner. */
export const deleteMessage = (given = {}) =>
  call({ method: "DELETE", path: "/conversations/{id}/messages/{message_id}", query: [], signedIn: true }, given);

/** All is read up to this message. For its members. */
export const markRead = (given = {}) =>
  call({ method: "PUT", path: "/conversations/{id}/read", query: [], signedIn: true, body: "application/json" }, given);

/** One's own to-dos by order. For whoever is signed in. */
export const listTodos = (given = {}) =>
  call({ method: "GET", path: "/todos", query: ["limit", "after", "completed"], signedIn: true }, given);

/** Add a to-do, at the end where no order is given; the same `clientId` again gives the same to-do. For whoever is signed in. */
export const addTodo = (given = {}) =>
  call({ method: "POST", path: "/todos", query: [], signedIn: true, body: "application/json" }, given);

/** Delete all to-dos, or all that are done. Their files stay in the folder. For whoever is signed in. */
export const clearTodos = (given = {}) =>
  call({ method: "DELETE", path: "/todos", query: ["completed"], signedIn: true }, given);

/** One to-do, with its version as ETag. For its owner. */
export const getTodo = (given = {}) => call({ method: "GET", path: "/todos/{id}", query: [], signedIn: true }, given);

/** Change what the body names; with If-Match only as it was at that version. For its owner. */
export const changeTodo = (given = {}) =>
  call({ method: "PATCH", path: "/todos/{id}", query: [], signedIn: true, body: "application/json" }, given);

/** Delete a to-do. Its files stay in the folder. For its owner. */
export const removeTodo = (given = {}) =>
  call({ method: "DELETE", path: "/todos/{id}", query: [], signedIn: true }, given);

/** One's own folder: how full it is, how full it may be, and what was refused because it was too much. For whoever is signed in. */
export const getFolder = (given = {}) => call({ method: "GET", path: "/folder", query: [], signedIn: true }, given);

/** Who can speak. For anyone. */
export const listVoices = (given = {}) =>
  call({ method: "GET", path: "/speech/voices", query: [], signedIn: false }, given);

/** Have a text translated and spoken; what has the same client id happens once. For whoever is signed in. */
export const addSpeech = (given = {}) =>
  call({ method: "POST", path: "/speech", query: [], signedIn: true, body: "application/json" }, given);

/** One's own, newest first. For whoever is signed in. */
export const listSpeech = (given = {}) =>
  call({ method: "GET", path: "/speech", query: ["limit", "after"], signedIn: true }, given);

/** One, with an address for its recording that is good for a while. For its owner. */
export const getSpeech = (given = {}) =>
  call({ method: "GET", path: "/speech/{id}", query: [], signedIn: true }, given);

/** Delete it with its recording, finished or not. For its owner. */
export const removeSpeech = (given = {}) =>
  call({ method: "DELETE", path: "/speech/{id}", query: [], signedIn: true }, given);

/** Try one that failed again, from where it failed. For its owner. */
export const retrySpeech = (given = {}) =>
  call({ method: "POST", path: "/speech/{id}/retry", query: [], signedIn: true }, given);
