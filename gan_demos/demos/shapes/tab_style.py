"""How the shapes tab looks."""

STYLE = """
.shape-viewer .stage {
  position: relative; border-radius: 8px; outline-offset: 2px; overflow: hidden; background: var(--background-fill-secondary);
}
.shape-viewer canvas { display: block; width: 100%; height: min(420px, 62vh); cursor: grab; touch-action: pan-y; }
.shape-viewer canvas:active { cursor: grabbing; }
.shape-viewer .hint {
  position: absolute; left: 10px; bottom: 8px; font-size: 0.8rem; color: var(--body-text-color-subdued); pointer-events: none;
  transition: opacity 0.4s;
}
.shape-viewer .hint.known:not(.problem) { opacity: 0; }
.shape-viewer .reset {
  position: absolute; right: 8px; top: 8px; width: 34px; height: 34px; border-radius: 8px; border: 1px solid var(--border-color-primary);
  background: var(--background-fill-primary); color: var(--body-text-color); font-size: 1.1rem; line-height: 1; cursor: pointer;
}
#shapes-arithmetic .shape-viewer canvas { height: min(320px, 50vh); }
#shapes-shelf .grid-container { gap: 6px; }
#shapes-shelf img, #shapes-compared img { background: #fff; }
#shapes-shelf .caption-label, #shapes-compared .caption-label {
  background: transparent; border: 0; box-shadow: none; font-size: 0.68rem; right: 2px; bottom: 0; padding: 0 3px;
}
#shapes-others { white-space: nowrap; }
#shapes-strip img { object-fit: contain; }
.shapes-terms { align-items: end; }
.shapes-sign { font-size: 1.6rem; text-align: center; }
@media (max-width: 640px) {
  .shape-viewer canvas { height: 320px; }
  #shapes-shelf .grid-container { grid-template-columns: repeat(3, minmax(0, 1fr)) !important; }
}
"""
