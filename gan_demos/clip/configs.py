"""What the towers are made of: constructor arguments of `Clip`, for the trained model and for its debug twin."""

from typing import Any

MODEL = "clip-small"
CONTEXT = 48  # tokens of a text, its start and end mark included
WORD_WIDTH = 384  # numbers of a word's feature
EMBED_DIM = 256  # numbers of a sentence's or a picture's embedding
VOCABULARY = 10240
IMAGE_SIZE = 128


def arguments(vision_cfg: dict[str, Any] | None = None, **text_transformer: Any) -> dict[str, Any]:
    """Constructor arguments of `Clip`: a timm image tower and a BERT; `text_transformer` changes values of the latter's configuration."""
    lite = {"timm_model_name": "tf_efficientnet_lite0", "timm_pool": "", "timm_proj": "linear", "image_size": IMAGE_SIZE}
    bert = {
        "model_type": "bert",
        "vocab_size": VOCABULARY,
        "hidden_size": WORD_WIDTH,
        "num_hidden_layers": 4,
        "num_attention_heads": 12,
        "intermediate_size": 1536,
        "max_position_embeddings": CONTEXT,
        "type_vocab_size": 1,
        "hidden_act": "gelu",
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
    }
    return {
        "embed_dim": EMBED_DIM,
        "vision_cfg": lite if vision_cfg is None else vision_cfg,
        "text_cfg": {"context_length": CONTEXT, "hf_proj_type": "linear", "hf_pooler_type": "mean_pooler"},
        "text_transformer": bert | text_transformer,
    }


def debug_arguments() -> dict[str, Any]:
    """A tiny Clip for tests, with all shapes of the trained one; its words do not look at each other."""
    vision = {"image_size": 32, "patch_size": 16, "width": 16, "head_width": 8, "layers": 1}
    return arguments(vision, num_hidden_layers=0, vocab_size=VOCABULARY)
