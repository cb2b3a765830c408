// FormData, without forms: https://xhr.spec.whatwg.org/#interface-formdata
//
// For other scripts, on `web`: FormData, isFormData(value), formDataEntries(formData): [[name, string or File], …],
// createFormData(entries)

const { webidl, isBlob, isFile } = web;
const { USVString, isObject, requireArguments } = webidl;

let entriesOf;
let isFormData;

// "create an entry"
function createEntry(name, value, filename) {
  if (typeof value === "string" || (isFile(value) && filename === undefined)) return [name, value];
  return [name, web.renamed(value, filename ?? "blob")];
}

// The arguments of append and set, which have two forms each: (name, value) and (name, blob, filename).
function toEntry(args, context) {
  requireArguments(args.length, 2, context);
  const name = USVString(args[0], `${context}: name`);
  if (isBlob(args[1])) {
    const filename = args[2] === undefined ? undefined : USVString(args[2], `${context}: filename`);
    return createEntry(name, args[1], filename);
  }
  if (args.length > 2) throw new TypeError(`${context}: the value is not of type Blob, which it must be with a filename`);
  return createEntry(name, USVString(args[1], `${context}: value`));
}

class FormData {
  #entries = [];

  static {
    entriesOf = (formData) => formData.#entries;
    isFormData = (value) => isObject(value) && #entries in value;
  }

  constructor(form = undefined, submitter = null) {
    if (form !== undefined) throw new TypeError("FormData constructor: form is not of type HTMLFormElement");
    if (submitter !== null && submitter !== undefined) {
      throw new TypeError("FormData constructor: submitter is not of type HTMLElement");
    }
  }

  append(name, value, filename = undefined) {
    this.#entries.push(toEntry(arguments, "FormData.append"));
  }

  delete(name) {
    const entries = this.#entries;
    requireArguments(arguments.length, 1, "FormData.delete");
    const key = USVString(name, "FormData.delete: name");
    this.#entries = entries.filter(([other]) => other !== key);
  }

  get(name) {
    const entries = this.#entries;
    requireArguments(arguments.length, 1, "FormData.get");
    const key = USVString(name, "FormData.get: name");
    return entries.find(([other]) => other === key)?.[1] ?? null;
  }

  getAll(name) {
    const entries = this.#entries;
    requireArguments(arguments.length, 1, "FormData.getAll");
    const key = USVString(name, "FormData.getAll: name");
    return entries.filter(([other]) => other === key).map(([, value]) => value);
  }

  has(name) {
    const entries = this.#entries;
    requireArguments(arguments.length, 1, "FormData.has");
    const key = USVString(name, "FormData.has: name");
    return entries.some(([other]) => other === key);
  }

  set(name, value, filename = undefined) {
    const entries = this.#entries;
    const entry = toEntry(arguments, "FormData.set");
    const first = entries.findIndex(([other]) => other === entry[0]);
    if (first < 0) entries.push(entry);
    else this.#entries = entries.filter(([other], i) => i <= first || other !== entry[0]).with(first, entry);
  }
}

webidl.iterable(FormData, entriesOf);
webidl.define(FormData);

function createFormData(entries) {
  const formData = new FormData();
  for (const [name, value] of entries) entriesOf(formData).push([name, value]);
  return formData;
}

Object.assign(web, {
  FormData,
  isFormData,
  formDataEntries: (formData) => entriesOf(formData).map(([name, value]) => [name, value]),
  createFormData,
});
web.define({ FormData });
