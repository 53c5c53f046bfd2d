// Where the links of the blog's mails lead.

export const routes = [
  {
    path: "/subscription/confirm", title: "Confirm your subscription", access: "anyone",
    page: async () => (await import("./subscription.js")).confirming,
  },
  {
    path: "/subscription/end", title: "End your subscription", access: "anyone",
    page: async () => (await import("./subscription.js")).ending,
  },
];
