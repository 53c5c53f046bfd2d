// Deleting from a list: asked about first, marked in its row while it is under way, told where it fails.

import { confirm } from "./dialog.js";
import { toast } from "./toast.js";

// `removing` has the ids of those under way, and `show` draws the list with them; `asked` is what `confirm` asks, `failed`
// the sentence where it fails.
export const removeFrom = async (list, id, { remove, removing, show, asked, failed }) => {
  if (removing.has(id)) return;
  if (!(await confirm({ action: "Delete", danger: true, ...asked }))) return;
  removing.add(id);
  show();
  try {
    await remove({ id });
    list.drop(id);
  } catch (problem) {
    if (problem.status === 404) list.drop(id);
    else toast(`${failed} ${problem.detail}`, { failure: true });
  }
  removing.delete(id);
  show();
};
