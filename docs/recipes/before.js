// Shows beside an editor what was published before on the subject of its draft.
//
// <script type="module" src="before.js"></script>
// <published-before service="https://related.example.org" for="text"></published-before>
//
// `for` is the id of the field with the text; without it, the editor of WordPress is asked. `token`
// is needed if the service asks readers for one: then only trusted pages may hold this element. The
// page's origin must be allowed with --allow-origin. The text is sent to the service and to nobody
// else, a second after the last change; the service keeps nothing of it.

const WAIT = 1000;
const LEAST_CHARACTERS = 80;
const MOST_CHARACTERS = 20000;

class PublishedBefore extends HTMLElement {
  connectedCallback() {
    this.list = document.createElement("ol");
    this.said = document.createElement("p");
    this.said.setAttribute("role", "status");
    this.replaceChildren(this.said, this.list);
    this.watch = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), WAIT);
    };
    this.field = document.getElementById(this.getAttribute("for"));
    if (this.field) this.field.addEventListener("input", this.watch);
    else if (globalThis.wp?.data) this.stop = wp.data.subscribe(this.watch);
    this.watch();
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    this.field?.removeEventListener("input", this.watch);
    this.stop?.();
  }

  draft() {
    if (this.field) return { title: "", text: this.field.value };
    const editor = globalThis.wp?.data?.select("core/editor");
    const html = editor?.getEditedPostContent() ?? "";
    const page = new DOMParser().parseFromString(html, "text/html"); // runs and loads nothing
    const blocks = Array.from(page.body.children, (one) => one.textContent.trim());
    const title = editor?.getEditedPostAttribute("title") ?? "";
    return { title, text: blocks.filter(Boolean).join("\n\n") };
  }

  async ask() {
    const { title, text } = this.draft();
    if (text.length < LEAST_CHARACTERS || text + title === this.asked) return;
    this.asked = text + title;
    const headers = { "Content-Type": "application/json" };
    if (this.getAttribute("token")) headers.Authorization = `Bearer ${this.getAttribute("token")}`;
    const like = [{ text: text.slice(0, MOST_CHARACTERS), ...(title ? { title } : {}) }];
    const body = JSON.stringify({ like, limit: 8, evidence: 1 });
    try {
      const url = `${this.getAttribute("service").replace(/\/+$/, "")}/v1/related`;
      const answer = await fetch(url, { method: "POST", headers, body, credentials: "omit" });
      if (!answer.ok) throw new Error(`${answer.status}`);
      this.show((await answer.json()).recommendations);
    } catch (error) {
      this.said.textContent = `The archive cannot be asked now (${error.message}).`;
    }
  }

  show(found) {
    this.said.textContent = found.length ? `Published before: ${found.length}` : "Nothing close.";
    this.list.replaceChildren(...found.map((one) => this.entry(one)));
  }

  entry(one) {
    const item = document.createElement("li");
    item.lang = one.language === "und" ? "" : one.language;
    item.dir = "auto";
    const isLink = /^https?:\/\//.test(one.url);
    const title = document.createElement(isLink ? "a" : "b");
    if (isLink) Object.assign(title, { href: one.url, target: "_blank", rel: "noreferrer noopener" });
    title.textContent = one.title || one.article_id;
    const quote = document.createElement("blockquote");
    quote.textContent = one.evidence[0]?.other_text ?? "";
    item.append(title, ` ${one.date}`, quote);
    return item;
  }
}

customElements.define("published-before", PublishedBefore);
