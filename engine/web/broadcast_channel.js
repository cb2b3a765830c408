// BroadcastChannel: https://html.spec.whatwg.org/#broadcasting-to-other-browsing-contexts
// Each realm is an origin of its own: what is sent reaches the channels of the realm, so that realms have no way to each
// other that they were not given.

const { after, serialize, deserialize } = web.native;
const { webidl, EventTarget, MessageEvent } = web;
const { DOMString, requireArguments } = webidl;

const channels = new web.WeakList();

let stateOf;

class BroadcastChannel extends EventTarget {
  #state;

  static {
    stateOf = (channel) => channel.#state;
  }

  constructor(name) {
    requireArguments(arguments.length, 1, "BroadcastChannel constructor");
    const text = DOMString(name, "BroadcastChannel constructor: name");
    super();
    this.#state = { name: text, isClosed: false, link: channels.add(this) };
    web.observe(this, keepIfHeard);
  }

  get name() {
    return this.#state.name;
  }

  postMessage(message) {
    const { name, isClosed } = this.#state;
    requireArguments(arguments.length, 1, "BroadcastChannel.postMessage");
    if (isClosed) throw new DOMException("The channel is closed", "InvalidStateError");
    const record = serialize(message);
    const all = channels.all();
    for (let i = 0; i < all.length; i++) {
      if (all[i] !== this && stateOf(all[i]).name === name) after(() => deliver(all[i], record), 0);
    }
  }

  close() {
    const state = this.#state;
    state.isClosed = true;
    channels.remove(state.link);
  }
}

webidl.define(BroadcastChannel);
web.handler(BroadcastChannel, "message");
web.handler(BroadcastChannel, "messageerror");

function keepIfHeard(channel) {
  const { isClosed, link } = stateOf(channel);
  const isHeard = web.hasListeners(channel, "message") || web.hasListeners(channel, "messageerror");
  link.strong = isHeard && !isClosed ? channel : undefined;
}

function deliver(channel, record) {
  if (stateOf(channel).isClosed) return;
  let data;
  try {
    data = deserialize(record)[0];
  } catch {
    web.fire(channel, web.createEvent(MessageEvent, "messageerror"));
    return;
  }
  web.fire(channel, web.createEvent(MessageEvent, "message", { data }));
}

web.define({ BroadcastChannel });
