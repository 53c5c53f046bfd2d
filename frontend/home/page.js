// The start page: what this is, and links to sign up and in.

import { sleeve } from "../albums/sleeve.js";
import { html, render } from "../core/html.js";
import { icon } from "../core/icons.js";

const ENTRIES = [
  { rank: 1, title: "Kind of Blue", artist: "Miles Davis", year: 1959 },
  { rank: 2, title: "Blue", artist: "Joni Mitchell", year: 1971 },
  { rank: 3, title: "What’s Going On", artist: "Marvin Gaye", year: 1971 },
  { rank: 4, title: "Horses", artist: "Patti Smith", year: 1975 },
  { rank: 5, title: "Remain in Light", artist: "Talking Heads", year: 1980 },
];

/** @type {any[][]} */
const POINTS = [
  ["albums", "Albums", "A shared catalogue, ranked from the top. Add what is missing; nobody overwrites anybody unseen."],
  ["wall", "The wall", html`A thought for everybody, there the moment it is posted. <a href="#/wall">Read the wall</a>.`],
  ["chat", "Conversations", "Between two or many, live on every screen; what you say arrives once, whatever the network does."],
  ["speech", "Speech", "A text, translated into one of nineteen languages and read to you by the voice that you choose."],
  ["todos", "To-dos and files", "What needs doing, with what belongs to it; the same in every tab, also without a network."],
  ["blog", "The blog", html`Longer thoughts, for everybody and without an account. <a href="#/blog">Read the blog</a>.`],
];

const entry = ({ rank, title, artist, year }) => html`
  <li>
    <span class="leaf-rank">${rank}</span> ${sleeve({ title, artist })}
    <span><em>${title}</em> ${artist}</span> <span class="muted">${year}</span>
  </li>
`;

export const show = ({ main }) => render(main, html`
  <div class="hero">
    <div class="hero-text">
      <h1 tabindex="-1">Everything worth keeping, in one book</h1>
      <p class="lead">
        A commonplace book is where one person keeps everything worth keeping.
        This one is kept together: a catalogue of albums, a wall that everybody reads, conversations, to-dos with their
        files, a blog, and texts to listen to.
      </p>
      <p class="hero-actions">
        <a class="button large" href="#/sign-up">Create an account</a>
        <a class="button quiet large" href="#/sign-in">Sign in</a>
      </p>
    </div>
    <div class="leaf" aria-hidden="true">
      <p class="leaf-head">Albums</p>
      <ol>${ENTRIES.map(entry)}</ol>
    </div>
  </div>
  <div class="points">
    ${POINTS.map(([area, title, text]) => html`
      <section data-area="${area}">${icon(area)}<h2>${title}</h2><p>${text}</p></section>
    `)}
  </div>
`);
