"""How the pictures tab looks, and what a click on a word does."""

STYLE = """
#pictures-prompt textarea { font-size: 1.05rem; }
.picture-chips { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.picture-chips .chip {
  border: 1px solid var(--border-color-primary); border-radius: 8px; padding: 2px 8px; font-size: 0.88rem; line-height: 1.5;
  background: var(--background-fill-secondary); color: var(--body-text-color); overflow-wrap: anywhere;
}
.picture-chips .chip i { color: var(--body-text-color-subdued); font-style: normal; font-size: 0.8rem; margin-left: 2px; }
.picture-chips .chip.known { border-left: 4px solid #6366f1; }
.picture-chips .chip.far { border-left: 4px solid var(--border-color-primary); }
.picture-chips .lead { font-size: 0.88rem; color: var(--body-text-color-subdued); }
.picture-chips button.chip {
  cursor: pointer; border: 1px solid var(--border-color-primary); font-weight: 400; padding: 2px 8px; font-size: 0.88rem;
  box-shadow: none; min-width: 0;
}
.picture-chips button.chip:focus-visible { outline: 2px solid var(--color-accent); }
.picture-chips button.chip[aria-pressed=true] { border-color: #6366f1; box-shadow: inset 0 0 0 1px #6366f1; }
#pictures-style .wrap, #pictures-model .wrap { gap: 6px; }
#pictures-style label, #pictures-model label { padding: 3px 9px; font-size: 0.88rem; }
#pictures-files .file-preview-holder { max-height: 200px; overflow-y: auto; }
#pictures-facts td { overflow-wrap: break-word; }
#pictures-strip img, #pictures-middle img { object-fit: contain; }
#pictures-score, p.picture-words {
  font-size: 0.88rem !important; line-height: 1.4 !important; color: var(--body-text-color-subdued) !important;
}
p.picture-words { margin: 0 0 8px !important; }
.picture-row + p.picture-words, table.facts + p.picture-words { margin-top: 8px !important; }
#pictures-gallery .thumbnail-item, #pictures-more .thumbnail-item {
  display: flex; flex-direction: column; height: auto; aspect-ratio: auto;
}
#pictures-gallery .thumbnail-item img, #pictures-more .thumbnail-item img { aspect-ratio: 1; height: auto; }
#pictures-gallery .caption-label, #pictures-more .caption-label {
  position: static; max-width: 100%; border: 0; background: transparent; box-shadow: none; white-space: pre-line;
  text-align: left; font-size: 0.8rem;
}
#pictures-pages button[role=tab] { padding-left: 9px; padding-right: 9px; font-size: 0.9rem; }
.picture-row { display: flex; flex-wrap: wrap; gap: 12px; align-items: flex-end; }
.picture-row figure { margin: 0 !important; flex: 0 1 auto; max-width: 100%; }
.picture-row figure img, .picture-row .blank {
  display: block; margin: 0 !important; width: 100%; aspect-ratio: 1; border-radius: 8px; background: #fff;
  border: 1px solid var(--border-color-primary);
}
.picture-row .blank { background: var(--background-fill-secondary); }
.picture-row figcaption { margin-top: 4px; font-size: 0.82rem; color: var(--body-text-color-subdued); overflow-wrap: anywhere; }
.picture-row figcaption b { color: var(--body-text-color); font-size: 0.95rem; }
.picture-row.even, .picture-row.two { align-items: flex-start; }
.picture-row.even figure { width: calc(25% - 9px); max-width: 150px; }
.picture-row.two figure { width: min(220px, calc(50% - 6px)); }
.picture-row.stages figure:nth-child(1) { width: 96px; }
.picture-row.stages figure:nth-child(2) { width: 144px; }
.picture-row.stages figure:nth-child(3) { width: 240px; }
.picture-row.stages img { image-rendering: pixelated; }
.picture-row.stages figure:nth-child(3) img { image-rendering: auto; }
.picture-progress { margin-top: 8px; }
.picture-progress progress { width: 100%; height: 8px; appearance: none; border: 0; border-radius: 4px; overflow: hidden; }
.picture-progress progress, .picture-progress progress::-webkit-progress-bar { background: var(--border-color-primary); }
.picture-progress progress::-webkit-progress-value { background: #6366f1; }
.picture-progress progress::-moz-progress-bar { background: #6366f1; }
.picture-progress svg { display: block; width: 100%; height: 56px; margin-top: 4px; }
.picture-progress .line { font-size: 0.85rem; color: var(--body-text-color-subdued); }
.picture-attention { margin-top: 18px; }
.picture-attention .shown { margin-top: 8px; }
.picture-attention .shown figure { width: min(240px, 100%); }
@media (min-width: 900px) {
  #pictures-room {
    display: grid; grid-template-columns: 2fr 3fr; grid-template-rows: auto 1fr; column-gap: 16px; align-items: start;
    grid-template-areas: "words pages" "settings pages";
  }
  #pictures-words { grid-area: words; }
  #pictures-side { grid-area: pages; }
  #pictures-settings { grid-area: settings; }
}
@media (max-width: 899px) { #pictures-room { flex-direction: column; flex-wrap: nowrap; } #pictures-room > * { width: 100%; } }
@media (max-width: 640px) {
  #pictures-examples { contain: inline-size; }
  #pictures-examples .gallery { flex-wrap: nowrap; overflow-x: auto; }
  #pictures-examples .gallery > * { flex: 0 0 auto; white-space: nowrap; }
  .picture-row.even figure { width: calc(33% - 8px); }
  .picture-attention .shown figure { width: calc(50% - 6px); }
  #pictures-panel { flex-wrap: nowrap; }
  #pictures-panel > * { min-width: 0 !important; }
  #pictures-chosen { flex: 0 0 110px; min-width: 110px !important; height: 110px !important; }
  #pictures-facts th { white-space: normal; padding-right: 0.5rem; }
  #pictures-words .keep-row > button { font-size: 1rem; padding-left: 6px; padding-right: 6px; white-space: nowrap; }
  #pictures-words .keep-row > button:last-child { flex-grow: 1.6; }
  .picture-row.stages figure:nth-child(1) { width: 22%; }
  .picture-row.stages figure:nth-child(2) { width: 32%; }
  .picture-row.stages figure:nth-child(3) { width: 100%; max-width: 260px; }
}
"""
