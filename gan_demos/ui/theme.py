"""How the application looks: Gradio's Soft theme, calm colours, system fonts, one column on a phone."""

import gradio as gr

SYSTEM_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]

CSS = """
.gradio-container { max-width: 1180px !important; margin: 0 auto !important; }
#header h1 { margin: 0.4rem 0 0.1rem; }
#header p { margin: 0 0 0.4rem; color: var(--body-text-color-subdued); }
#footer { color: var(--body-text-color-subdued); font-size: 0.85rem; }
.status-line { min-height: 0; padding: 0; font-weight: 600; }
.problem-note { border-left: 4px solid #c2410c; padding: 0.6rem 0.9rem; background: var(--background-fill-secondary); }
table.facts { border-collapse: collapse; border: 0 !important; font-size: 0.9rem; color: var(--body-text-color); }
table.facts th, table.facts td { text-align: left; padding: 0.15rem 0.9rem 0.15rem 0; border: 0 !important; overflow-wrap: anywhere; }
table.facts tr { border: 0 !important; }
table.facts th { font-weight: 400; color: var(--body-text-color-subdued); white-space: nowrap; }
.measured-cards table { font-size: 0.9rem; border-collapse: collapse; }
.measured-cards td, .measured-cards th { padding: 0.25rem 0.6rem !important; text-align: left; overflow-wrap: anywhere; }
.told .left { margin-top: 4px; font-size: 0.88rem; color: var(--body-text-color-subdued); }
.told .note { margin-top: 4px; font-size: 0.92rem; border-left: 3px solid #c2410c; padding-left: 8px; overflow-wrap: anywhere; }
.picture-gallery .grid-wrap { min-height: 0 !important; }
.picture-gallery .caption-label { font-size: 0.75rem; max-width: 100%; }
.seed-row { align-items: end; }
.dice { max-width: 6rem; white-space: nowrap; }
@media (max-width: 640px) {
  .gradio-container { padding: 0.4rem !important; }
  .measured-cards th:nth-child(3), .measured-cards td:nth-child(3) { display: none; }
  .picture-gallery .grid-container { grid-template-columns: repeat(2, minmax(0, 1fr)) !important; }
  .gradio-container .row:not(.keep-row) > * { min-width: min(100%, 160px); }
}
"""


def theme() -> gr.themes.Base:
    """Soft, with the fonts of the visitor's own system: nothing is asked from another host, and bold text has all its glyphs."""
    return gr.themes.Soft(
        primary_hue=gr.themes.colors.indigo,
        secondary_hue=gr.themes.colors.indigo,
        neutral_hue=gr.themes.colors.slate,
        font=SYSTEM_FONTS,
        font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
    ).set(
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
    )
