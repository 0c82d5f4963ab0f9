// What libraries of npm make of texts: JSON from the standard input, to the standard output.
"use strict";
const hrefs = (html) => [...html.matchAll(/<a\b[^>]*?\shref=(?:"([^"]*)"|'([^']*)'|([^\s>]+))/g)]
  .map((found) => decoded(found[1] ?? found[2] ?? found[3]));
const decoded = (text) => text.replace(/&#x([0-9a-f]+);/gi, (_, hex) => String.fromCodePoint(parseInt(hex, 16)))
  .replace(/&#(\d+);/g, (_, number) => String.fromCodePoint(number))
  .replace(/&quot;/g, '"').replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

async function main(texts, pages) {
  const MarkdownIt = require("markdown-it");
  const { default: GetURLs } = await import("get-urls");
  const { linkifyUrlsToHtml } = await import("linkify-urls");
  const { marked } = await import("marked");
  const { micromark } = await import("micromark");
  const { gfm, gfmHtml } = await import("micromark-extension-gfm");
  const linkify = require("linkifyjs");
  const LinkifyIt = require("linkify-it");
  const { Remarkable } = require("remarkable");
  const { linkify: remarkableLinkify } = require("remarkable/linkify");
  const { Converter } = require("showdown");
  const TurndownService = require("turndown");
  const markdownIt = (MarkdownIt.default ?? MarkdownIt)({ linkify: true });
  const linkifyIt = new LinkifyIt.LinkifyIt();
  const linkifiers = {
    "linkify-it": (text) => (linkifyIt.match(text) ?? []).map((match) => match.url),
    linkifyjs: (text) => linkify.find(text, "url").map((match) => match.href),
    autolinker: (text) => hrefs(require("autolinker").default.link(text)),
    anchorme: (text) => require("anchorme").default.list(text).map((match) => match.string),
    "markdown-it": (text) => hrefs(markdownIt.render(text)),
    marked: (text) => hrefs(marked.parse(text)),
    "micromark (GFM)": (text) => hrefs(micromark(text, { extensions: [gfm()], htmlExtensions: [gfmHtml()] })),
    remarkable: (text) => hrefs(new Remarkable().use(remarkableLinkify).render(text)),
    showdown: (text) => hrefs(new Converter({ simplifiedAutoLink: true }).makeHtml(text)),
    "twitter-text": (text) => require("twitter-text").extractUrls(text),
    "get-urls": (text) => [...GetURLs(text, { stripWWW: false })],
    "linkify-urls": (text) => hrefs(linkifyUrlsToHtml(text)),
    "url-regex-safe": (text) => text.match(require("url-regex-safe")({ re2: false })) ?? [],
  };
  const toMarkdown = {
    turndown: (html) => new TurndownService().turndown(html),
    "node-html-markdown": (html) => require("node-html-markdown").NodeHtmlMarkdown.translate(html),
  };
  const toText = { "html-to-text": (html) => require("html-to-text").convert(html) };
  const each = (programs, inputs, after = (made) => made) => Object.fromEntries(
    Object.entries(programs).map(([name, program]) => [name, inputs.map((input) => after(program(input)))]));
  return {
    links: each(linkifiers, texts),
    pages: each(toMarkdown, pages, (markdown) => markdownIt.render(markdown)),
    texts: each(toText, pages),
  };
}

let input = "";
process.stdin.on("data", (more) => { input += more; });
process.stdin.on("end", async () => {
  const { texts, pages } = JSON.parse(input);
  process.stdout.write(JSON.stringify(await main(texts, pages)));
});
