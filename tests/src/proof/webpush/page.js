// The site's page in the proof: subscribes with the product's snippet as soon as it is opened, then does as it is told.
"use strict";

const say = (what, more) =>
  fetch("/said", { method: "POST", body: JSON.stringify({ what, ...more }) });

// While Firefox is starting it may leave a first question to its push service without an answer.
const answered = (asked) =>
  Promise.race([asked, new Promise((_, late) => setTimeout(late, 5000, new Error("no answer yet")))]);

async function subscribe({ key }) {
  for (;;) {
    try {
      return await answered(bellhop.subscribe({ key, register: "/subscriptions", worker: "/proof-sw.js" }));
    } catch (error) {
      await say("again", { why: String(error) });
    }
  }
}

async function obey(order) {
  if (order.verb === "unsubscribe") {
    return say("unsubscribed", { state: await bellhop.unsubscribe() });
  }
  const registration = await navigator.serviceWorker.ready;
  registration.active.postMessage(order);
}

(async () => {
  const settings = await (await fetch("/settings")).json();
  const state = await subscribe(settings);
  await say("subscribed", { state, browser: navigator.userAgent });
  for (;;) {
    const order = await (await fetch("/order")).json();
    if (order) {
      await obey(order);
    }
    await new Promise((done) => setTimeout(done, 200));
  }
})().catch((error) => say("failed", { why: String(error) }));
