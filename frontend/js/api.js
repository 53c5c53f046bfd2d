// The REST client, one function a route.

import { call } from "./http.js";

export const getHealth = (given = {}) => call({ method: "GET", path: "/health", query: [], signedIn: false }, given);

export const getOpenapi = (given = {}) =>
  call({ method: "GET", path: "/openapi.json", query: [], signedIn: false }, given);

export const getMe = (given = {}) => call({ method: "GET", path: "/me", query: [], signedIn: true }, given);

export const changeMe = (given = {}) =>
  call({ method: "PUT", path: "/me", query: [], signedIn: true, body: "application/json" }, given);

export const eraseMe = (given = {}) => call({ method: "DELETE", path: "/me", query: [], signedIn: true }, given);

export const findPerson = (given = {}) =>
  call({ method: "GET", path: "/people", query: ["email"], signedIn: true }, given);

export const listAlbums = (given = {}) =>
  call({ method: "GET", path: "/albums", query: ["limit", "after", "q", "genre", "year"], signedIn: true }, given);

export const addAlbum = (given = {}) =>
  call({ method: "POST", path: "/albums", query: [], signedIn: true, body: "application/json" }, given);

export const getAlbum = (given = {}) => call({ method: "GET", path: "/albums/{id}", query: [], signedIn: true }, given);

export const changeAlbum = (given = {}) =>
  call({ method: "PUT", path: "/albums/{id}", query: [], signedIn: true, body: "application/json" }, given);

export const removeAlbum = (given = {}) =>
  call({ method: "DELETE", path: "/albums/{id}", query: [], signedIn: true }, given);

export const exportAlbums = (given = {}) =>
  call({ method: "GET", path: "/albums/export", query: [], signedIn: true }, given);

export const importAlbums = (given = {}) =>
  call({ method: "POST", path: "/albums/import", query: ["dry_run"], signedIn: true, body: "application/json" }, given);
