// Downloads the whole catalogue as CSV or JSON.

import { exportAlbums } from "../core/api.js";
import { toast } from "../core/toast.js";
import { download } from "./files.js";

const TYPES = { csv: "text/csv", json: "application/json" };

const textOf = (content) => (typeof content === "string" ? content : `${JSON.stringify(content, null, 2)}\n`);

export const exportAs = async (format, button) => {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  try {
    const content = await exportAlbums({ accept: TYPES[format] });
    download(`albums.${format}`, TYPES[format], textOf(content));
    toast(`Exported to albums.${format}.`);
  } catch (problem) {
    toast(`The export failed. ${problem.detail}`, { failure: true });
  } finally {
    button.removeAttribute("aria-disabled");
  }
};
