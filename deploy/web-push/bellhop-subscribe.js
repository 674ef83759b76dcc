// Bellhop's snippet for your site: asks the guest, subscribes the browser, tells your backend.
//
//   <script src="/bellhop-subscribe.js"></script>
//   <button onclick="bellhop.subscribe({ key: 'B…', register: '/push/subscriptions' })">Tell me about offers</button>
//
// key: the VAPID public key that `bellhop web-push-keys` printed. register: an address of your backend that knows the
// guest by their session and hands the subscription to Bellhop with its API key; the key itself never comes here.
"use strict";

const bellhop = (() => {
  // Where the guest stands: "unsupported", "denied", "default" (not asked yet, or not subscribed), "subscribed".
  async function state() {
    if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
      // On an iPhone this becomes true once the site is on the home screen.
      return "unsupported";
    }
    if (Notification.permission !== "granted") {
      return Notification.permission;
    }
    const registration = await navigator.serviceWorker.getRegistration();
    return (await registration?.pushManager.getSubscription()) ? "subscribed" : "default";
  }

  // Call it from a click: browsers refuse to ask otherwise. Gives the state afterwards. Call it again at each login and,
  // where the state is "subscribed", at each visit: so the subscription follows the guest.
  async function subscribe({ key, register, worker = "/bellhop-sw.js" }) {
    if ((await state()) === "unsupported") {
      return "unsupported";
    }
    const granted = Notification.permission === "granted";
    const permission = granted ? "granted" : await Notification.requestPermission();
    if (permission !== "granted") {
      return permission;
    }
    const address = `${worker}?${new URLSearchParams({ key, register })}`;
    await navigator.serviceWorker.register(address);
    const { pushManager } = await navigator.serviceWorker.ready;
    const subscription = await subscriptionFor(pushManager, key);
    await post(register, { subscription });
    return "subscribed";
  }

  // The guest has had enough. Bellhop learns it at the next message: the push service calls the subscription gone.
  async function unsubscribe() {
    const registration = await navigator.serviceWorker.getRegistration();
    const subscription = await registration?.pushManager.getSubscription();
    await subscription?.unsubscribe();
    return state();
  }

  // A subscription is bound to the key it was made with: one of another key is given up.
  async function subscriptionFor(pushManager, key) {
    const present = await pushManager.getSubscription();
    if (present && keyOf(present) === key) {
      return present;
    }
    await present?.unsubscribe();
    return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  }

  function keyOf(subscription) {
    const bytes = new Uint8Array(subscription.options?.applicationServerKey ?? []);
    const text = btoa(String.fromCharCode(...bytes));
    return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  async function post(register, body) {
    const response = await fetch(register, {
      method: "POST",
      credentials: "include",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) {
      throw new Error(`the subscription was not taken: ${response.status}`);
    }
  }

  return { state, subscribe, unsubscribe };
})();
