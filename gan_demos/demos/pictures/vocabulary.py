"""The names that requests and results use: drawing styles and models."""

STYLES = (
    "noto", "noto-v1", "twemoji", "fluent-emoji-flat", "fluent-3d", "openmoji", "emojione", "emojione-v1", "fxemoji",
)  # fmt: skip
STYLE_TITLES = {
    "noto": "Noto",
    "noto-v1": "Noto, the old blobs",
    "twemoji": "Twemoji",
    "fluent-emoji-flat": "Fluent flat",
    "fluent-3d": "Fluent 3D",
    "openmoji": "OpenMoji",
    "emojione": "EmojiOne",
    "emojione-v1": "EmojiOne, the first",
    "fxemoji": "FxEmojis",
}
AUTO, SURPRISE = "auto", "surprise"
DEFAULT_STYLE = "fluent-emoji-flat"  # of "auto", where the prompt names none
STYLE_CHOICES = (AUTO, *STYLES, SURPRISE)
CHOICE_TITLES = {AUTO: f"As the prompt says, else {STYLE_TITLES[DEFAULT_STYLE]}", **STYLE_TITLES, SURPRISE: "Surprise me: a mixture"}

CLIP_GAN, STACK_GAN, ATTN_GAN = "ClipGAN", "StackGAN++", "AttnGAN"
MODELS = {CLIP_GAN: "pictures-clip", STACK_GAN: "pictures-stack", ATTN_GAN: "pictures-attn"}  # and their checkpoints
MODEL_TITLES = {CLIP_GAN: "CLIP-conditioned GAN", STACK_GAN: "StackGAN++", ATTN_GAN: "AttnGAN"}
STAGED = (STACK_GAN, ATTN_GAN)  # those that draw in stages
