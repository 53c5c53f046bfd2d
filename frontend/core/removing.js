// Deletes from a list: asks first, marks the row meanwhile, reports a failure.

import { confirm } from "./dialog.js";
import { toast } from "./toast.js";

// `removing` holds the ids being deleted, and `show` draws the list with them; `asked` is the question for `confirm`,
// `failed` the sentence for a failure.
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
