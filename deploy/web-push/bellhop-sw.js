// Bellhop's service worker: shows notifications, opens their links, renews the subscription.
//
// Serve it from the root of your site, so that its scope is the whole site. bellhop-subscribe.js registers it with two
// parameters in its address: `key`, the VAPID public key, and `register`, where your backend takes subscriptions.
"use strict";

const settings = new URL(self.location).searchParams;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const { title, options } = read(event.data);
  event.waitUntil(self.registration.showNotification(title, options));
});

// The personal link is the report: Bellhop counts the click when it is opened, and leads on to your page.
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(linkOf(event.notification.data, event.action)));
});

// The browser changed the subscription on its own; without this the guest would be lost without a word.
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

// A push must show something, or the browser shows a text of its own and in the end withdraws the permission.
function read(data) {
  let notification;
  try {
    notification = data.json().notification;
  } catch {
    notification = undefined;
  }
  const { title = self.location.host, navigate, actions = [], data: own, ...shown } = notification ?? {};
  const links = Object.fromEntries(actions.map((action) => [action.action, action.navigate]));
  return {
    title,
    options: {
      ...shown,
      actions: actions.map(({ action, title }) => ({ action, title })),
      data: { ...own, navigate, links },
    },
  };
}

function linkOf(data, action) {
  return data?.links?.[action] ?? data?.navigate ?? "/";
}

async function renew(event) {
  const subscription =
    event.newSubscription ??
    (await self.registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: settings.get("key"),
    }));
  const response = await fetch(settings.get("register"), {
    method: "POST",
    credentials: "include",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ subscription }),
  });
  if (!response.ok) {
    throw new Error(`the subscription was not taken: ${response.status}`);
  }
}
