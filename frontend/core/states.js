// What is on its way says the same everywhere: one sentence for each state.

export const WAITS = "Waiting for the connection…";

export const PENDING = { add: "Adding…", change: "Saving…", remove: "Deleting…", send: "Sending…" };

export const FAILED = { add: "Not added.", change: "Not saved.", remove: "Not deleted.", send: "Not sent." };

export const BANNERS = {
  online: "",
  offline: "You are offline. What is on this page can still be read; your changes are kept here until they can be saved.",
  unreachable: "Commonplace can't be reached right now. Your changes are kept here until they can be saved.",
};
