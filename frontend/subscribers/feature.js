// The pages behind the links in the blog's mails.

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
