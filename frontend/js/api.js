// The REST client, one function a route: written by `python -m cloud generate` from the OpenAPI document.
// `given` holds path and query parameters by name, and `body`, `ifMatch`, `accept`, `contentType`, `signal`.

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
