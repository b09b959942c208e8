"""How the faces tab looks."""

STYLE = """
#faces-prompt textarea { font-size: 1.05rem; }
.face-chips { display: flex; flex-wrap: wrap; gap: 6px; }
.face-chips .chip {
  border: 1px solid var(--border-color-primary); border-left-width: 4px; border-radius: 8px; padding: 2px 8px; font-size: 0.88rem;
  background: var(--background-fill-secondary); color: var(--body-text-color); cursor: pointer; overflow-wrap: anywhere; text-align: left;
}
.face-chips .chip i { color: var(--body-text-color-subdued); }
.face-chips .chip.words { border-left-color: #6366f1; }
.face-chips .chip.chosen { border-left-color: #059669; }
.face-chips .chip.open { border-left-color: #ca8a04; }
#faces-slots .form { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 8px; border: 0; }
#faces-slots .form { background: transparent !important; box-shadow: none !important; }
#faces-slots .form > * { min-width: 0 !important; padding: 6px 10px; border-left: 4px solid var(--border-color-primary) !important; }
#faces-slots .form > .from-words { border-left-color: #6366f1 !important; }
#faces-slots .form > .from-you { border-left-color: #059669 !important; }
#faces-files .file-preview-holder { max-height: 200px; overflow-y: auto; }
#faces-keep .wrap { gap: 6px; }
#faces-keep label { padding: 3px 8px; font-size: 0.88rem; }
#faces-strip img, #faces-middle img { object-fit: contain; }
#faces-score { font-size: 0.85rem; color: var(--body-text-color-subdued); }
@media (max-width: 900px) { #faces-slots .form { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
@media (max-width: 640px) {
  #faces-slots .form { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  #faces-examples { contain: inline-size; }
  #faces-examples .gallery { flex-wrap: nowrap; overflow-x: auto; }
  #faces-examples .gallery > * { flex: 0 0 auto; white-space: nowrap; }
}
"""
