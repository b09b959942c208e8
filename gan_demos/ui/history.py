"""The strip of what a visitor has made: kept in their own browser, and cleared by them.

The server keeps none of it: an entry holds a small picture, a line of text and the result's link (`gan_demos.links`).
"""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import gradio as gr
from PIL import Image

from gan_demos import links
from gan_demos.demo import Demo
from gan_demos.parameters import label_of
from gan_demos.recipes import Recipe

SIDE = 88  # pixels of a small picture
KINDS = {"image": (".png", ".gif"), "audio": (".wav",), "video": (".mp4",), "shape": (".glb", ".obj", ".ply")}
ICONS = {"image": "🖼", "audio": "🔊", "video": "🎞", "shape": "🧊"}
LONGEST = 60  # letters of a line

TEMPLATE = """
<div class="history-head"><strong>What you made</strong> <span class="history-hint"></span>
<button type="button" class="history-compare" disabled>Compare two</button>
<button type="button" class="history-clear">Clear</button></div>
<div class="history-items" role="list" aria-label="What you made, newest first"></div>
"""

# An entry: {link, demo, endpoint, title, line, picture, icon, at}. Everything is put into the page as text, never as HTML.
SCRIPT = """
const STORE = 'gan-demos-history', MOST = 30, SOON = 3000;
const valid = (one) => one && typeof one.link === 'string' && typeof one.demo === 'string';
const read = () => {
  try { return (JSON.parse(localStorage.getItem(STORE)) || []).filter(valid); } catch (error) { return []; }
};
let entries = read(), picked = [], last = null;

const write = () => {
  for (; ;) {
    try { localStorage.setItem(STORE, JSON.stringify(entries)); return; } catch (error) {
      if (!entries.length) return;  // a browser that keeps nothing: the strip lives as long as the page
      if (error.name !== 'QuotaExceededError') return;
      entries.pop();
    }
  }
};

const make = (tag, name, text) => {
  const made = document.createElement(tag);
  made.className = name;
  if (text) made.textContent = text;
  return made;
};

const button = (name, text, label, act) => {
  const made = make('button', name, text);
  made.type = 'button';
  made.title = label;
  if (text) made.setAttribute('aria-label', label);
  made.addEventListener('click', act);
  return made;
};

const card = (one) => {
  const box = make('div', 'history-item');
  box.setAttribute('role', 'listitem');
  const open = button('history-open', '', 'Go on with it', () => trigger('select', { link: one.link }));
  if (/^data:image\\/webp;base64,/.test(one.picture || '')) {
    const image = make('img', '');
    image.src = one.picture;
    image.alt = '';
    open.append(image);
  } else open.append(make('span', 'history-icon', one.icon));
  open.append(make('span', 'history-title', one.title), make('span', 'history-line', one.line));
  const marked = picked.includes(one.link);
  const pick = button('history-pick', '⇄', 'Mark it to be compared', () => {
    picked = marked ? picked.filter((link) => link !== one.link) : [...picked, one.link].slice(-2);
    render();
  });
  pick.setAttribute('aria-pressed', String(marked));
  const drop = button('history-drop', '×', 'Take it out of this list', () => {
    entries = read().filter((other) => other.link !== one.link);
    write();
    render();
  });
  box.append(open, pick, drop);
  return box;
};

const render = () => {
  const items = element.querySelector('.history-items');
  if (!items) return;
  picked = picked.filter((link) => entries.some((one) => one.link === link));
  items.replaceChildren(...entries.map(card));
  const pair = picked.map((link) => entries.find((one) => one.link === link));
  const fits = pair.length === 2 && pair[0].demo === pair[1].demo;
  const hint = !entries.length ? 'nothing yet; it stays in this browser'
    : pair.length === 2 && !fits ? 'those two are of different tabs' : 'kept in this browser alone; click one to go on with it';
  element.querySelector('.history-hint').textContent = hint;
  element.querySelector('.history-compare').disabled = !fits;
  element.querySelector('.history-clear').disabled = !entries.length;
};

const add = () => {
  const value = props.value;
  if (value && value.entry && value.turn !== last) {
    last = value.turn;
    const one = { ...value.entry, at: Date.now() };
    entries = read().filter((other) => other.link !== one.link);
    const newest = entries[0];
    // A slider that is dragged makes many results; the one where it stops is meant.
    if (newest && newest.demo === one.demo && newest.endpoint === one.endpoint && one.at - newest.at < SOON) entries.shift();
    entries = [one, ...entries].slice(0, MOST);
    write();
  }
  render();
};

const follow = () => {
  const link = new URLSearchParams(location.hash.slice(1)).get('KEY');
  if (link) trigger('select', { link });
};

element.addEventListener('click', (event) => {
  if (event.target.closest('.history-clear')) { entries = []; picked = []; write(); render(); }
  if (event.target.closest('.history-compare:not(:disabled)')) trigger('apply', { pair: picked });
});
window.addEventListener('storage', (event) => { if (event.key === STORE || event.key === null) { entries = read(); render(); } });
window.addEventListener('hashchange', follow);
watch('value', add);
add();
follow();
""".replace("KEY", links.KEY)

STYLE = """
#history { border-top: 1px solid var(--border-color-primary); padding-top: 8px; }
#history .history-head { display: flex; gap: 10px; align-items: center; flex-wrap: wrap; }
#history .history-hint { flex: 1; color: var(--body-text-color-subdued); font-size: 0.88rem; }
#history button { cursor: pointer; border: 1px solid var(--border-color-primary); border-radius: 6px; padding: 2px 10px;
  background: var(--background-fill-primary); color: var(--body-text-color); font-size: 0.88rem; }
#history button:disabled { opacity: 0.5; cursor: default; }
/* its own width is none, so that many results scroll and do not widen the page */
#history .history-items { width: 0; min-width: 100%; display: flex; gap: 8px; overflow-x: auto; padding: 8px 0; min-height: 20px; }
#history .history-item { position: relative; flex: 0 0 112px; }
#history .history-open { width: 112px; height: 100%; padding: 6px; display: flex; flex-direction: column; align-items: center; }
#history .history-open img { width: 88px; height: 88px; object-fit: contain; background: #fff; border-radius: 4px; }
#history .history-icon { font-size: 2.4rem; height: 88px; line-height: 88px; }
#history .history-title { font-size: 0.72rem; color: var(--body-text-color-subdued); }
#history .history-line { font-size: 0.76rem; line-height: 1.2; max-height: 2.4em; overflow: hidden; overflow-wrap: anywhere; }
#history .history-pick, #history .history-drop { position: absolute; top: 3px; padding: 0 6px; font-size: 0.9rem; line-height: 1.4; }
#history .history-pick { left: 3px; }
#history .history-drop { right: 3px; }
#history .history-pick[aria-pressed="true"] { background: var(--color-accent); color: white; }
table.differences td, table.differences th { text-align: left; padding: 0.15rem 0.9rem 0.15rem 0; overflow-wrap: anywhere; }
.travel { flex-wrap: wrap; }
.travel button { flex: 0 0 auto; }
"""


def strip() -> gr.HTML:
    """The strip. Its value {"entry": what `entry` gives, "turn": text that is new each time} adds one.

    `select` tells of one that is to be opened, or of a link in the page's address: {"link"}; `apply` of two to be compared: {"pair"}.
    """
    return gr.HTML(None, html_template=TEMPLATE, js_on_load=SCRIPT, apply_default_css=False, elem_id="history", padding=False)


def entry(demo: Demo, recipe: Recipe, paths: Sequence[str]) -> dict[str, str]:
    """What the strip keeps of a result with the files `paths`: its recipe as a link, a line that tells it from others, a small picture."""
    kind = kind_of(paths[0])
    pictures = [path for path in paths if kind_of(path) == "image"]
    made = {"link": links.pack(recipe), "demo": recipe.demo, "endpoint": recipe.endpoint, "title": demo.title}
    return {**made, "line": line(demo, recipe), "icon": ICONS[kind], "picture": small(pictures[0]) if pictures else ""}


def kind_of(path: str) -> str:
    """The kind of a result's file by its name."""
    return next((kind for kind, suffixes in KINDS.items() if path.endswith(suffixes)), "image")


def line(demo: Demo, recipe: Recipe) -> str:
    """A short line that tells a result from others: what it was asked for in words, without what is as it always is, and its seed."""
    words = []
    for declared in fields(demo.endpoint(recipe.endpoint).request):
        value = recipe.parameters.get(declared.name)
        if value != declared.default and not (isinstance(value, str) and value in recipe.checkpoints):
            words += _words(value)
    text = " · ".join(words) or recipe.endpoint
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return f"{text} · seed {recipe.parameters['seed']}" if "seed" in recipe.parameters else text


def small(path: str) -> str:
    """A picture file of ours as a data address of a WebP of at most `SIDE` pixels."""
    with Image.open(path, formats=("PNG", "GIF")) as image:
        picture = image.convert("RGB")
    picture.thumbnail((SIDE, SIDE))
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=70)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def differences(demo: Demo, one: Recipe, other: Recipe) -> str:
    """HTML of a table: the settings in which two results differ, by the names that people see."""
    names = list(dict.fromkeys([*one.parameters, *other.parameters]))
    labels = {declared.name: label_of(declared) for recipe in (one, other) for declared in fields(demo.endpoint(recipe.endpoint).request)}
    rows = [] if one.endpoint == other.endpoint else [("Made by", one.endpoint, other.endpoint)]
    for name in names:
        left, right = (recipe.parameters.get(name) for recipe in (one, other))
        if left != right:
            rows.append((labels.get(name, name), _plain(left), _plain(right)))
    if not rows:
        return "<p>They were made with the same settings.</p>"
    cells = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f'<table class="differences"><thead><tr><th>They differ in</th><th>A</th><th>B</th></tr></thead><tbody>{cells}</tbody></table>'


def _words(value: Any) -> list[str]:
    """The words in a setting: of an object those of its parts, and nothing of long text without a space, such as a picture's."""
    if isinstance(value, Mapping):
        return [f"{name} {text}" for name, part in value.items() for text in _words(part)]
    if isinstance(value, list):
        return [text for part in value for text in _words(part)]
    return [value] if isinstance(value, str) and value and (len(value) <= LONGEST or " " in value) else []


def _plain(value: Any) -> str:
    """A setting as a person reads it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_plain(part)}" for name, part in value.items()) or "–"
    if isinstance(value, list):
        return ", ".join(_plain(part) for part in value)[:200] or "–"
    text = "yes" if value is True else "no" if value is False else f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 200 else f"{text[:40]}… ({len(text)} letters)"
