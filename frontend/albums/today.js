// One album a day, the same for everybody.

import { html } from "../core/html.js";
import { sleeve } from "./sleeve.js";

const address = ({ title }) => `#/albums?${new URLSearchParams({ q: title })}`;

export const part = {
  name: "album",
  area: "albums",
  column: "aside",
  place: 10,
  title: "Album of the day",
  all: ["#/albums", "All albums"],

  draw: (album) => album && html`
    <a class="today-album" href="${address(album)}">
      ${sleeve(album)}
      <span class="today-album-words">
        <strong>${album.title}</strong>
        <span>${album.artist}</span>
        <span class="muted">${album.genre}, ${album.year} · number ${album.rank}</span>
      </span>
    </a>
  `,
};
