"""How the swap tab looks."""

STYLE = """
.swap-chips { padding: 5px 10px !important; }
.swap-chips .wrap { gap: 4px; }
.swap-chips label { padding: 2px 8px !important; font-size: 0.86rem; position: relative; }
.swap-chips label input { position: absolute; opacity: 0; width: 0 !important; height: 0 !important; margin: 0 !important; }
.swap-chips label input + span { margin-left: 0 !important; }
.swap-chips label:focus-within { outline: 2px solid var(--color-accent); outline-offset: 1px; }
.swap-seen { display: flex; flex-wrap: wrap; gap: 5px; align-items: center; font-size: 0.88rem; }
.swap-seen > span:first-child { color: var(--body-text-color-subdued); }
.swap-seen .chip {
  border: 1px solid var(--border-color-primary); border-radius: 8px; padding: 1px 7px; background: var(--background-fill-secondary);
}
.swap-seen .chip i { color: var(--body-text-color-subdued); font-style: normal; font-size: 0.8rem; }
.swap-hint, .swap-facts p { margin: 0 0 4px !important; font-size: 0.88rem !important; line-height: 1.35 !important; }
.swap-hint, .swap-facts span { color: var(--body-text-color-subdued) !important; }
.swap-facts span { display: block; font-size: 0.8rem; }
#swap-examples .grid-container { grid-template-columns: repeat(6, minmax(0, 1fr)) !important; gap: 4px; padding: 0; }
#swap-examples .grid-container { grid-auto-rows: max-content; align-content: start; height: auto; }
#swap-examples .grid-wrap { padding: 0; }
#swap-examples .thumbnail-item { aspect-ratio: 1; height: auto; }
#swap-examples img { aspect-ratio: 1; }
#swap-gallery .grid-wrap { max-height: none; overflow: visible; }
#swap-gallery .grid-container { grid-template-columns: repeat(6, minmax(0, 1fr)) !important; gap: 6px; }
#swap-steps .grid-container { grid-template-columns: repeat(4, minmax(0, 1fr)) !important; gap: 6px; }
#swap-gallery .thumbnail-item, #swap-steps .thumbnail-item { display: flex; flex-direction: column; height: auto; aspect-ratio: auto; }
#swap-gallery .thumbnail-item img, #swap-steps .thumbnail-item img { aspect-ratio: 1; height: auto; }
#swap-gallery .caption-label, #swap-steps .caption-label {
  position: static; max-width: 100%; border: 0; background: transparent; box-shadow: none; white-space: normal; text-align: left;
}
#swap-picture-row { align-items: flex-start; flex-wrap: nowrap; }
#swap-picture { flex: 0 0 112px; }
#swap-files .file-preview-holder { max-height: 160px; overflow-y: auto; }
@media (min-width: 900px) {
  #swap-room {
    display: grid; grid-template-columns: 9fr 11fr; grid-template-rows: auto 1fr; column-gap: 16px; align-items: start;
    grid-template-areas: "given pages" "chips pages";
  }
  #swap-given { grid-area: given; }
  #swap-side { grid-area: pages; }
  #swap-chips { grid-area: chips; }
  .swap-chips:not(#swap-model) { display: flex; align-items: baseline; gap: 8px; }
  .swap-chips:not(#swap-model) > span { flex: 0 0 88px; margin: 0 !important; }
}
@media (max-width: 899px) { #swap-room { flex-direction: column; flex-wrap: nowrap; } #swap-room > * { width: 100%; } }
@media (max-width: 640px) {
  #swap-gallery .grid-container { grid-template-columns: repeat(4, minmax(0, 1fr)) !important; }
  #swap-steps .grid-container { grid-template-columns: repeat(3, minmax(0, 1fr)) !important; }
}
"""
