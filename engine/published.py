"""The published checkpoints' tensor names, translated to ours.

Every tensor keeps its shape, so a table of renames per network is all there is to know.
"""

import re
from collections.abc import Mapping

from torch import Tensor

from .errors import EngineError
from .transformer import MaskedTransformer, TransformerConfig
from .unfilled import Unfilled
from .vqvae import VQVAE, VQVAEConfig

# Ours -> published, regular expressions, all applied in order.
_BOTH_NAMES = (
    (r"^quantiser\.", "quantizer.layers.0."),
    (r"^decoder\.stem\.0\.", "decoder.model.0."),
    (r"^decoder\.levels\.0\.", "decoder.model.2."),
    (r"^decoder\.levels\.1\.", "decoder.model.3."),
    (r"^decoder\.head\.0\.", "decoder.model.4."),
    (r"\.(\d)\.conv([12])\.", r".model.\1.conv\2."),
)
_INTERHUMAN_NAMES = (
    (r"^encoder\.stem\.0\.", "encoder.gcn_layer1."),
    (r"^encoder\.stem\.2\.", "encoder.gcn_layer2."),
    (r"^encoder\.levels\.(\d)\.", r"encoder.model.\1."),
    (r"^encoder\.head\.", "encoder.model.2."),
    (r"^decoder\.head\.2\.", "decoder.gcn_layer1."),
    (r"^decoder\.head\.4\.", "decoder.gcn_layer2."),
    (r"\.project\.", ".lin."),
    (r"\.from_self\.weight$", ".lin_r.weight"),
    (r"\.(from_self|from_neighbours)\.", ".lin_l."),  # the bias of a node's own part is stored with its neighbours'
)
_INTERX_NAMES = (
    (r"^encoder\.stem\.0\.", "encoder.model.0."),
    (r"^encoder\.levels\.0\.", "encoder.model.2."),
    (r"^encoder\.levels\.1\.", "encoder.model.3."),
    (r"^encoder\.head\.", "encoder.model.4."),
    (r"^decoder\.head\.2\.", "decoder.model.6."),
)
VQVAE_NAMES = {"interhuman": _BOTH_NAMES + _INTERHUMAN_NAMES, "interx": _BOTH_NAMES + _INTERX_NAMES}
TRANSFORMER_NAMES = (
    (r"^token_embedding\.", "token_emb."),
    (r"^token_projection\.", "input_process.poseEmbedding."),
    (r"^text_projection\.", "cond_emb."),
    (r"^text_head\.layers\.", "clipTrans.layers."),
    (r"^text_head\.norm\.", "clipln."),
    (r"^output_projection\.", "output_process.dense."),
    (r"^output_modulation\.", "output_process.adaLN_mod.model.1."),
    (r"^output_logits\.", "output_process.poseFinal."),
    (r"^blocks\.", "Transformer.blocks."),
    (r"\.joint_modulation\.", ".adaLN_mod_combined.model.1."),
    (r"\.person_modulation\.", ".adaLN_mod_split.model.1."),
    (r"\.joint_feed_forward\.", ".ffn_combined.model."),
    (r"\.person_feed_forward\.", ".ffn_split.model."),
    (r"\.joint_attention\.", ".self_attn.attention."),
    (r"\.slot_attention\.", ".spa_temp_attn.spatial_attention."),
    (r"\.time_attention\.", ".spa_temp_attn.temporal_attention."),
    (r"\.cross_attention\.", ".local_inter_attn.interaction_attention."),
    (r"\.in_projection\.", ".in_proj_"),
    (r"\.out_projection\.", ".out_proj."),
)
TRANSFORMER_CONFIG = TransformerConfig(text_layers=2)
COMPUTED = "position_enc.positional_encoding.inv_freq"  # stored by some checkpoints, ours to compute


def vqvae_config(published: Mapping[str, Tensor]) -> VQVAEConfig:
    """The config of a published VQ-VAE: only InterHuman's has graph layers."""
    return VQVAEConfig("interhuman" if "encoder.gcn_layer1.lin.weight" in published else "interx")


def vqvae_state(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A published VQ-VAE's tensors under our names, for `VQVAE.load_weights`. EngineError if they do not fit."""
    config = vqvae_config(published)
    with Unfilled():
        expected = VQVAE(config).weights()
    return translate(published, expected, VQVAE_NAMES[config.layout], "InterMask VQ-VAE")


def transformer_state(published: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A published transformer's tensors under our names, for a MaskedTransformer of TRANSFORMER_CONFIG.

    EngineError if they do not fit.
    """
    with Unfilled():
        expected = MaskedTransformer(TRANSFORMER_CONFIG).state_dict()
    published = {name: tensor for name, tensor in published.items() if name != COMPUTED}
    return translate(published, expected, TRANSFORMER_NAMES, "InterMask transformer")


def published_name(ours: str, names: tuple[tuple[str, str], ...]) -> str:
    """What the published code calls our tensor, by one of the tables above."""
    for pattern, replacement in names:
        ours = re.sub(pattern, replacement, ours)
    return ours


def translate(
    published: Mapping[str, Tensor], expected: Mapping[str, Tensor], names: tuple[tuple[str, str], ...], network: str
) -> dict[str, Tensor]:
    """Find each tensor of `expected` (ours) in `published`; what does not fit is an EngineError."""
    sources = {ours: published_name(ours, names) for ours in expected}
    missing = sorted(set(sources.values()) - set(published))
    unexpected = sorted(set(published) - set(sources.values()))
    misshapen = [
        f"{source} {tuple(published[source].shape)} instead of {tuple(expected[ours].shape)}"
        for ours, source in sources.items()
        if source in published and published[source].shape != expected[ours].shape
    ]
    faults = {"missing": missing, "unexpected": unexpected, "wrong shape": misshapen}
    if any(faults.values()):
        what = "; ".join(f"{fault}: {_listing(items)}" for fault, items in faults.items() if items)
        raise EngineError(f"This is not a published {network} checkpoint ({what}). Choose the right file.")
    return {ours: published[source] for ours, source in sources.items()}


def _listing(items: list[str], most: int = 5) -> str:
    """The first few items, and how many more there are."""
    return ", ".join(items[:most]) + (f" and {len(items) - most} more" if len(items) > most else "")
