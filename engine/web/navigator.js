// Navigator: https://html.spec.whatwg.org/#the-navigator-object. It says nothing of the machine, nor of versions, so that a
// program does the same everywhere.

const { webidl } = web;

class Navigator {
  #isNavigator;

  constructor() {
    webidl.requireKey(arguments[0]);
  }

  get userAgent() {
    this.#isNavigator;
    return "snapjs";
  }

  get platform() {
    this.#isNavigator;
    return "";
  }

  get hardwareConcurrency() {
    this.#isNavigator;
    return 1;
  }

  get language() {
    this.#isNavigator;
    return "en-US";
  }

  get languages() {
    this.#isNavigator;
    return languages;
  }
}

const languages = Object.freeze(["en-US"]);

webidl.define(Navigator);
web.define({ Navigator });
web.operations({ navigator: new Navigator(webidl.key) });
