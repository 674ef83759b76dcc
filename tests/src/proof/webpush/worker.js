// The product's worker, unchanged, with an ear to it: what came out of the browser's decryption, what was shown. No
// program can click on a headless browser's notification, so its own handlers are called as a click would.
"use strict";

const handlers = {};
const listen = self.addEventListener.bind(self);
self.addEventListener = (type, handler) => {
  handlers[type] = handler;
  listen(type, handler);
};

importScripts("/bellhop-sw.js");

const say = (what, more) =>
  fetch("/said", { method: "POST", body: JSON.stringify({ what, ...more }) });

let latest;
const show = self.registration.showNotification.bind(self.registration);
self.registration.showNotification = async (title, options) => {
  await show(title, options);
  latest = options;
  const shown = await self.registration.getNotifications();
  await say("shown", { shown: shown.map(({ title, body, tag, icon, data }) => ({ title, body, tag, icon, data })) });
};

// A click lets the browser open a window; without one it refuses, so the address is fetched as the window would.
self.clients.openWindow = async (url) => {
  await fetch(url, { mode: "no-cors" });
  await say("opened", { url });
};

listen("push", (event) => event.waitUntil(say("decrypted", { payload: event.data.json() })));

listen("message", (event) => {
  const waitUntil = (promise) => event.waitUntil(promise.catch((error) => say("failed", { why: String(error) })));
  const { verb, action = "" } = event.data;
  if (verb === "click") {
    const notification = { data: latest.data, close: () => {} };
    handlers.notificationclick({ notification, action, waitUntil });
  } else if (verb === "renew") {
    handlers.pushsubscriptionchange({ oldSubscription: null, newSubscription: null, waitUntil });
  }
});
